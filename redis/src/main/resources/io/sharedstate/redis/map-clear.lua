-- Removes entries in the order of their keys, a thousand at once, but for those that somebody computes.
-- KEYS: the map, its index, when entries expire, who computes which. ARGV: what the keys of entries begin with; after which key, with '(' before it,
-- or '-'.
-- Returns after which key to go on, with '(' before it, or '' if these are the last; then the keys of those that somebody computes.
local keys = redis.call('ZRANGE', KEYS[2], ARGV[2], '+', 'BYLEX', 'LIMIT', 0, 1000)
local page = {#keys == 1000 and '(' .. keys[1000] or ''}
local claims = redis.call('EXISTS', KEYS[4]) == 1
for _, key in ipairs(keys) do
  if claims and redis.call('HEXISTS', KEYS[4], key) == 1 then
    page[#page + 1] = key
  else
    redis.call('UNLINK', ARGV[1] .. key)
    redis.call('ZREM', KEYS[2], key)
    redis.call('ZREM', KEYS[3], key)
  end
end
return page
