-- Returns those that left, and then each member: ordinal, incarnation, pid, since when in ms, kernel, network, processes, address,
-- listeners, version, and for how many ms it hasn't been renewed.
-- KEYS: the members, those that left.
local result = {redis.call('LRANGE', KEYS[2], 0, -1)}
for ordinal = 0, (redis.call('HGET', KEYS[1], 'ordinals') or 0) - 1 do
  local key = KEYS[1] .. ':' .. ordinal
  local member = redis.call('HMGET', key, 'incarnation', 'pid', 'started', 'kernel', 'network', 'processes', 'address',
      'listeners', 'version', 'ttl')
  if member[1] then
    table.insert(member, 1, tostring(ordinal))
    member[11] = tostring(math.max(0, member[11] - redis.call('PTTL', key)))
    result[#result + 1] = member
  end
end
return result
