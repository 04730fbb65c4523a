-- 200 paths in turn, or with POST an issue created again and again; the figures as one line of JSON at the end.
local requests = {}
local at = 0

init = function(arguments)
  for number = 1, 200 do
    if arguments[1] == "POST" then
      local text = string.rep("As a person I want to see what is planned. ", 45)
      local body = '{"fields": {"summary": "' .. number .. '", "description": "' .. text .. '"}}'
      requests[number] = wrk.format("POST", "/jira/acme/rest/api/3/issue", nil, body)
    else
      requests[number] = wrk.format("GET", "/jira/acme/rest/api/3/issue/ACME-" .. number)
    end
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
