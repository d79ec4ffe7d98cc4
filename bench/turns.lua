-- Sends the requests of a file in turn and says at the end, as one line of JSON, what came of them.
-- Arguments: the file, and the status that every reply must have.
-- A line of the file: path, token and, for a conditional request, the entity tag.

local threads = {}
local prepared, turn, expected = {}, 0, 0
unexpected = 0

function setup(thread)
  threads[#threads + 1] = thread
end

function init(args)
  for line in io.lines(args[1]) do
    local path, token, tag = line:match("^(%S+) (%S+) ?(.*)$")
    local headers = { ["Authorization"] = "Bearer " .. token, ["X-Forwarded-Proto"] = "https" }
    if tag ~= "" then headers["If-None-Match"] = tag end
    prepared[#prepared + 1] = wrk.format("GET", path, headers)
  end
  expected = tonumber(args[2])
end

function request()
  turn = turn % #prepared + 1
  return prepared[turn]
end

function response(status)
  if status ~= expected then unexpected = unexpected + 1 end
end

function done(summary, latency)
  local wrong, replies = summary.errors, 0
  for _, thread in ipairs(threads) do replies = replies + thread:get("unexpected") end
  io.write(string.format(
    '\n{"requests": %d, "seconds": %.6f, "bytes": %d, "p50_ms": %.3f, "p99_ms": %.3f, ' ..
    '"errors": {"connect": %d, "read": %d, "write": %d, "timeout": %d, "reply": %d}}\n',
    summary.requests, summary.duration / 1e6, summary.bytes,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    wrong.connect, wrong.read, wrong.write, wrong.timeout, replies))
end
