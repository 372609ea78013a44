-- Returns owner, thread, age in ms, token, abandoned, acquisitions, microseconds waited, abandonments, and then who waits and
-- how many threads of it; nil if there is no such thing.
-- KEYS: what has the lock, who waits.
if redis.call('EXISTS', KEYS[1]) == 0 then
  return false
end
local status = {}
for i, field in ipairs({'owner', 'thread', 'token', 'token', 'abandoned', 'acquisitions', 'waited', 'abandonments'}) do
  status[i] = redis.call('HGET', KEYS[1], field) or ''
end
-- A token is the time when the lock was taken, unless the server's clock was set back since one before.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
status[3] = string.format('%.0f', math.max(0, math.floor((now - (tonumber(status[3]) or now)) / 1000)))
for _, waiter in ipairs(redis.call('HGETALL', KEYS[2])) do
  status[#status + 1] = waiter
end
return status
