-- Removes a map with its entries, of which there should be few. Returns 1; 0 if there was none.
-- KEYS: the map, its index, and what else belongs to it. ARGV: what the keys of entries begin with.
local existed = redis.call('EXISTS', KEYS[1])
for _, key in ipairs(redis.call('ZRANGE', KEYS[2], 0, -1)) do
  redis.call('UNLINK', ARGV[1] .. key)
end
redis.call('UNLINK', unpack(KEYS))
return existed
