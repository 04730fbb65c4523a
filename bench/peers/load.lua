-- 200 paths in turn, and the figures as one line of JSON at the end.
local requests = {}
local at = 0

init = function(arguments)
  for number = 1, 200 do
    requests[number] = wrk.format("GET", "/jira/acme/rest/api/3/issue/ACME-" .. number)
  end
end

request = function()
  at = at % 200 + 1
  return requests[at]
end

done = function(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '{"requests": %d, "seconds": %.6f, "p50_us": %d, "p99_us": %d, "failed": %d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50), latency:percentile(99),
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
