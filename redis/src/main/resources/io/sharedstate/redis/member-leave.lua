-- Ends a member in good order; the last thousand are remembered as such. Returns 1; 0 if it is dead.
-- KEYS: the member, those that left. ARGV: its incarnation.
if redis.call('HGET', KEYS[1], 'incarnation') ~= ARGV[1] then
  return 0
end
redis.call('DEL', KEYS[1])
redis.call('LPUSH', KEYS[2], ARGV[1])
redis.call('LTRIM', KEYS[2], 0, 999)
return 1
