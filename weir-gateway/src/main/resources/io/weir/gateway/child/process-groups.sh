# Ends the process groups of a gateway's children: one at a time when the gateway says so, and all of them when the
# gateway is gone, however it went: then the standard input of this script ends. Runs in a session of its own.
#
# One command a line:
#   + GROUP MARK   remember the group; answered "GROUP" once that is done
#   t GROUP MARK   send SIGTERM to the group
#   k GROUP MARK   send SIGKILL to the group, and to all processes that carry the mark in their environment; answered
#                  "GROUP" once that is done
#   ? GROUP MARK   answered "GROUP" if a process of the group is left, else "none"
#   - GROUP MARK   forget the group
trap '' INT TERM HUP QUIT PIPE

groups=''

send() {
    kill -s "$1" -- "-$2" 2>/dev/null
}

# Processes that left their group are still known by their environment, where the system shows that: it contains one of
# these lines. One that forks meanwhile is found in a later round.
kill_marked() {
    for round in 1 2 3 4 5; do
        found=$(grep -l -a -s -F "$1" /proc/[0-9]*/environ)
        [ -n "$found" ] || return 0
        for each in $found; do
            pid=${each#/proc/}
            kill -s KILL "${pid%/environ}" 2>/dev/null
        done
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
        k) send KILL "$group"; kill_marked "WEIR_CHILD=$mark"; echo "$group" ;;
        -) forget "$group" ;;
    esac
done

[ -n "$groups" ] || exit 0
for each in $groups; do send TERM "${each%%:*}"; done
sleep 1
marks=''
for each in $groups; do
    send KILL "${each%%:*}"
    marks="${marks:+$marks
}WEIR_CHILD=${each#*:}"
done
kill_marked "$marks"
