-- Gives permits back. Returns how many I had; if these are fewer, none is given back.
-- KEYS: the semaphore, who has permits, who waits. ARGV: me, how many, the channel.
local held = tonumber(redis.call('HGET', KEYS[2], ARGV[1]) or 0)
local left = held - ARGV[2]
if left > 0 then
  redis.call('HSET', KEYS[2], ARGV[1], string.format('%.0f', left))
elseif left == 0 then
  redis.call('HDEL', KEYS[2], ARGV[1])
end
if left >= 0 and redis.call('EXISTS', KEYS[3]) == 1 then
  redis.call('PUBLISH', ARGV[3], KEYS[1])
end
return held
