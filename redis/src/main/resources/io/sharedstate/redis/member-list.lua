-- Returns those that left, and then each member: ordinal, incarnation, pid, since when in ms, address, listeners.
-- KEYS: the members, those that left.
local result = {redis.call('LRANGE', KEYS[2], 0, -1)}
for ordinal = 0, (redis.call('HGET', KEYS[1], 'ordinals') or 0) - 1 do
  local member = redis.call('HMGET', KEYS[1] .. ':' .. ordinal, 'incarnation', 'pid', 'started', 'address', 'listeners')
  if member[1] then
    table.insert(member, 1, tostring(ordinal))
    result[#result + 1] = member
  end
end
return result
