-- Claims an entry, to compute it, unless somebody else does who wasn't found dead.
-- KEYS: the map, who computes which, the entry. ARGV: the key, my claim, a claim whose owner was found dead, or ''.
-- Returns '1' and what is there; or '2' and the claim on it. Nil if there is no such map.
if redis.call('EXISTS', KEYS[1]) == 0 then
  return false
end
local claim = redis.call('HGET', KEYS[2], ARGV[1])
if claim and claim ~= ARGV[2] and claim ~= ARGV[3] then
  return {'2', claim}
end
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
return {'1', redis.call('GET', KEYS[3])}
