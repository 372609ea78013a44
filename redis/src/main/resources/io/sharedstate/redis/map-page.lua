-- Reads some entries in the order of their keys, a thousand or a MiB at once, and forgets those that are gone: expired, or evicted by the server.
-- KEYS: the map, its index, when entries expire. ARGV: what the keys of entries begin with; after which key, with '(' before it, or '-'; '1' with their
-- values.
-- Returns after which key to go on, with '(' before it, or '' if these are the last; then the keys, each with its value if they were asked for.
local keys = redis.call('ZRANGE', KEYS[2], ARGV[2], '+', 'BYLEX', 'LIMIT', 0, 1000)
local page, read, expired = {''}, 0, 0
for _, key in ipairs(keys) do
  local value = redis.call(ARGV[3] == '1' and 'GET' or 'EXISTS', ARGV[1] .. key)
  if value and value ~= 0 then
    page[#page + 1] = key
    if value ~= 1 then
      page[#page + 1] = value
      read = read + #value
    end
  else
    redis.call('ZREM', KEYS[2], key)
    expired = expired + redis.call('ZREM', KEYS[3], key)
  end
  if read > 1048576 then
    page[1] = '(' .. key
    break
  end
end
if #keys == 1000 and page[1] == '' then
  page[1] = '(' .. keys[1000]
end
if expired > 0 and redis.call('EXISTS', KEYS[1]) == 1 then
  redis.call('HINCRBY', KEYS[1], 'expirations', expired)
end
return page
