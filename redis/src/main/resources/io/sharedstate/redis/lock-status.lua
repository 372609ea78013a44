-- Returns owner, thread, age in ms, token, abandoned, acquisitions, microseconds waited, abandonments, and then who waits and
-- how many threads of it; nil if there is no such thing.
-- KEYS: what has the lock, who waits.
if redis.call('EXISTS', KEYS[1]) == 0 then
  return false
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local status = {}
for i, field in ipairs({'owner', 'thread', 'since', 'token', 'abandoned', 'acquisitions', 'waited', 'abandonments'}) do
  status[i] = redis.call('HGET', KEYS[1], field) or ''
end
status[3] = string.format('%.0f', math.max(0, now - (tonumber(status[3]) or now)))
for _, waiter in ipairs(redis.call('HGETALL', KEYS[2])) do
  status[#status + 1] = waiter
end
return status
