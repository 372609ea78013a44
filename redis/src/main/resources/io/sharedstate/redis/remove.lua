-- Removes a thing and what belongs to it, unless somebody owns it who wasn't found dead.
-- KEYS: the thing, what belongs to it. ARGV: an owner that is dead, or nothing.
-- Returns the owner; '1' if there is none and the thing is removed, '0' if there was none.
local owner = redis.call('HGET', KEYS[1], 'owner')
if owner and owner ~= '' and owner ~= ARGV[1] then
  return owner
end
local existed = redis.call('EXISTS', KEYS[1])
redis.call('DEL', unpack(KEYS))
return tostring(existed)
