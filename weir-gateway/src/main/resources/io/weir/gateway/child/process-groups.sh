# Ends the process groups of a gateway's children: one at a time when the gateway says so, and all of them when the
# gateway is gone, however it went: then the standard input of this script ends. Runs in a session of its own.
#
# One command a line:
#   + GROUP MARK   remember the group; answered "GROUP" once that is done
#   t GROUP MARK   send SIGTERM to the group
#   k GROUP MARK   send SIGKILL to the group, and to all processes that carry the mark in their environment
#   ? GROUP MARK   answered "GROUP" if a process of the group is left, else "none"
#   - GROUP MARK   forget the group
trap '' INT TERM HUP QUIT PIPE

groups=''

send() {
    kill -s "$1" -- "-$2" 2>/dev/null
}

# A process that left the group is still known by its environment, where the system shows that.
kill_marked() {
    for found in $(grep -l -a -s -F "WEIR_CHILD=$1" /proc/[0-9]*/environ); do
        pid=${found#/proc/}
        kill -s KILL "${pid%/environ}" 2>/dev/null
    done
}

forget() {
    left=''
    for each in $groups; do
        [ "${each%%:*}" = "$1" ] || left="$left $each"
    done
    groups=$left
}

while read -r command group mark; do
    case $command in
        +) groups="$groups $group:$mark"; echo "$group" ;;
        \?) if kill -s 0 -- "-$group" 2>/dev/null; then echo "$group"; else echo none; fi ;;
        t) send TERM "$group" ;;
        k) send KILL "$group"; kill_marked "$mark" ;;
        -) forget "$group" ;;
    esac
done

[ -n "$groups" ] || exit 0
for each in $groups; do send TERM "${each%%:*}"; done
sleep 1
for each in $groups; do
    send KILL "${each%%:*}"
    kill_marked "${each#*:}"
done
