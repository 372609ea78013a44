-- Lets a member live on. Returns 1; 0 if it is dead.
-- KEYS: the member. ARGV: its incarnation, the time to live in ms.
if redis.call('HGET', KEYS[1], 'incarnation') ~= ARGV[1] then
  return 0
end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
