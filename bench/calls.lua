-- SPDX-License-Identifier: Apache-2.0
-- calls.lua - wrk sends the calls of the file that CALLS names, in turn.
local requests, at = {}, 0

function init()
    for line in io.lines(os.getenv("CALLS")) do
        local host, token, path = line:match("^(%S+) (%S+) (%S+)$")
        requests[#requests + 1] = wrk.format("GET", path, {
            Host = host,
            Authorization = "Bearer " .. token,
            Accept = "application/json",
            ["User-Agent"] = "bench/1",
        })
    end
end

function request()
    at = at % #requests + 1
    return requests[at]
end
