-- Forgets entries that have expired, a thousand at most. Returns how many.
-- KEYS: the map, its index, when entries expire.
local time = redis.call('TIME')
local now = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
local expired = redis.call('ZRANGE', KEYS[3], '-inf', '(' .. now, 'BYSCORE', 'LIMIT', 0, 1000)
if #expired > 0 then
  redis.call('ZREM', KEYS[2], unpack(expired))
  redis.call('ZREM', KEYS[3], unpack(expired))
  redis.call('HINCRBY', KEYS[1], 'expirations', #expired)
end
return #expired
