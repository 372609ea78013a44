-- Adds if the sum is a long within bounds. Returns 1 if it was added, else 0; nil if there is no such counter.
-- KEYS: the counter. ARGV: what to add, the least and the greatest that the sum may be.

-- Whether one decimal is less than another; as doubles, two longs may seem equal.
local function less(a, b)
  local below, other = string.sub(a, 1, 1) == '-', string.sub(b, 1, 1) == '-'
  if below ~= other then
    return below
  end
  if below then
    a, b = string.sub(b, 2), string.sub(a, 2)
  end
  return #a < #b or (#a == #b and a < b)
end

local before = redis.call('HGET', KEYS[1], 'value')
if not before then
  return false
end
if type(redis.pcall('HINCRBY', KEYS[1], 'value', ARGV[1])) == 'table' then
  return 0
end
local after = redis.call('HGET', KEYS[1], 'value')
if less(after, ARGV[2]) or less(ARGV[3], after) then
  redis.call('HSET', KEYS[1], 'value', before)
  return 0
end
return 1
