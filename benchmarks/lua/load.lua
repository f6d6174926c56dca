-- One script for all workloads: `wrk -s load.lua URL -- PATH AUTHORIZATION BODIES EXPECTED KEY`.
-- BODIES is a file with one request body per line. If it is empty, the load is GET requests. A
-- single body is sent repeatedly. Of several, each is sent once; with KEY, the value of that member
-- of the response makes a new body at the end of the queue, which follows each chain of refresh
-- tokens. wrk runs this in one thread, so there is one state. EXPECTED is a text that every correct
-- response to a body contains. For GET only the status is checked, since reading responses in Lua
-- would slow the load down. The result is one line of JSON.

local threads = {}

function setup(thread)
  threads[#threads + 1] = thread
end

local path, headers, bodies, first, last, expected, pattern
good, bad, ran_out = 0, 0, false

function init(arguments)
  path = arguments[1]
  headers = {
    ["Authorization"] = arguments[2],
    ["Content-Type"] = "application/x-www-form-urlencoded",
  }
  bodies, first, last = {}, 1, 0
  for line in io.lines(arguments[3]) do
    last = last + 1
    bodies[last] = line
  end
  expected = arguments[4]
  if arguments[5] then
    pattern = '"' .. arguments[5] .. '" ?: ?"([^"]+)"'
  end
  if last == 0 then
    local get = wrk.format("GET", path)
    request = function() return get end
    response = nil
  elseif last == 1 then
    local post = wrk.format("POST", path, headers, bodies[1])
    request = function() return post end
  end
end

-- wrk calls this once without sending the result, so one body is always lost.
function request()
  if first > last then
    ran_out = true
    wrk.thread:stop()
    return wrk.format("GET", path)
  end
  local body = bodies[first]
  bodies[first] = nil
  first = first + 1
  return wrk.format("POST", path, headers, body)
end

local function complain(status, body)
  bad = bad + 1
  if bad == 1 and not ran_out then
    io.stderr:write("first wrong response: ", status, " ", body:sub(1, 300), "\n")
  end
end

function response(status, _, body)
  if status ~= 200 or not body:find(expected, 1, true) then
    return complain(status, body)
  end
  good = good + 1
  if pattern then
    last = last + 1
    bodies[last] = "grant_type=refresh_token&refresh_token=" .. body:match(pattern)
  end
end

function done(summary, latency, _)
  local good_ones, bad_ones, is_short = 0, 0, false
  for _, thread in ipairs(threads) do
    good_ones = good_ones + thread:get("good")
    bad_ones = bad_ones + thread:get("bad")
    is_short = is_short or thread:get("ran_out")
  end
  local errors = summary.errors
  io.write(string.format(
    'RESULT {"requests": %d, "duration_us": %d, "good": %d, "bad": %d, "ran_out": %s,'
      .. ' "status_errors": %d, "socket_errors": %d, "p50_us": %d, "p99_us": %d}\n',
    summary.requests, summary.duration, good_ones, bad_ones, tostring(is_short),
    errors.status, errors.connect + errors.read + errors.write + errors.timeout,
    latency:percentile(50), latency:percentile(99)))
end
