wrk.method = "POST"
wrk.body = '${request}'
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Accept"] = "application/json, text/event-stream"
wrk.headers["MCP-Protocol-Version"] = "2025-11-25"

function done(summary)
    local e = summary.errors
    io.write(string.format("RESULT %d %d\n", summary.requests, e.connect + e.read + e.write + e.status + e.timeout))
end
