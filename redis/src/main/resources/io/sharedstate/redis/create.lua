-- Makes a thing, a hash, unless it is there. When it was created, in microseconds of the server's time, tells it from one that was
-- removed.
-- KEYS: the thing. ARGV: its fields and their values. Returns what these fields are.
local fields = {}
for i = 1, #ARGV, 2 do
  fields[#fields + 1] = ARGV[i]
end
if redis.call('EXISTS', KEYS[1]) == 0 then
  local time = redis.call('TIME')
  redis.call('HSET', KEYS[1], 'created', string.format('%.0f', time[1] * 1000000 + time[2]), unpack(ARGV))
end
return redis.call('HMGET', KEYS[1], unpack(fields))
