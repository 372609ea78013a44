-- Sets a field of a member. Returns 1; 0 if it is dead.
-- KEYS: the member. ARGV: its incarnation, the field, the value.
if redis.call('HGET', KEYS[1], 'incarnation') ~= ARGV[1] then
  return 0
end
redis.call('HSET', KEYS[1], ARGV[2], ARGV[3])
return 1
