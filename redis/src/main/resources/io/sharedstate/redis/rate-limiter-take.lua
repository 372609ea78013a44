-- GCRA, virtual scheduling: the state is the theoretical arrival time, in microseconds of the server's time.
-- KEYS: the limiter. ARGV: the burst and what is asked for, in microseconds; 0 to look only.
-- Returns what is left of the burst then; less than 0: it wasn't taken. Nil if there is no such limiter.
local arrival = tonumber(redis.call('HGET', KEYS[1], 'arrival') or nil)
if not arrival then
  return false
end
local burst, asked = tonumber(ARGV[1]), tonumber(ARGV[2])
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
-- One that is further ahead than a burst was written under another limit.
local ahead = math.min(burst, math.max(0, arrival - now))
local left = burst - ahead - asked
if asked > 0 then
  redis.call('HSET', KEYS[1], 'arrival', string.format('%.0f', now + (left < 0 and ahead or burst - left)))
end
return left
