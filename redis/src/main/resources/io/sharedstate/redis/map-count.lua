-- Counts reads. Returns how many entries there are, hits, misses and expirations; nil if there is no such map.
-- KEYS: the map, its index. ARGV: hits, misses.
if redis.call('EXISTS', KEYS[1]) == 0 then
  return false
end
local counted = {tostring(redis.call('ZCARD', KEYS[2])), redis.call('HGET', KEYS[1], 'hits'), redis.call('HGET', KEYS[1], 'misses'),
    redis.call('HGET', KEYS[1], 'expirations')}
for i, field in ipairs({'hits', 'misses'}) do
  if ARGV[i] ~= '0' then
    counted[i + 1] = tostring(redis.call('HINCRBY', KEYS[1], field, ARGV[i]))
  end
end
return counted
