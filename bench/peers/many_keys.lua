-- One path by many client keys in turn, which a file has one a line; the figures as in load.lua.
local requests = {}
local at = 0

init = function(arguments)
  for key in io.lines(arguments[1]) do
    wrk.headers["Authorization"] = "Bearer " .. key
    requests[#requests + 1] = wrk.format("GET", "/jira/acme/rest/api/3/issue/ACME-1")
  end
end

request = function()
  at = at % #requests + 1
  return requests[at]
end

done = function(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '{"requests": %d, "seconds": %.6f, "p50_us": %d, "p99_us": %d, "failed": %d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50), latency:percentile(99),
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
