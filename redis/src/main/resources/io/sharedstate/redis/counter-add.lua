-- Adds like a long of Java, and returns the value after; nil if there is no such counter.
-- KEYS: the counter. ARGV: what to add; the same, 2^63 away from it.
local added = redis.pcall('HINCRBY', KEYS[1], 'value', ARGV[1])
if type(added) == 'table' then
  -- The sum is no long. 2^64 away from it is one, and so is each step on the way there.
  if string.sub(ARGV[1], 1, 1) == '-' then
    redis.call('HINCRBY', KEYS[1], 'value', '9223372036854775807')
    redis.call('HINCRBY', KEYS[1], 'value', '1')
  else
    redis.call('HINCRBY', KEYS[1], 'value', '-9223372036854775808')
  end
  redis.call('HINCRBY', KEYS[1], 'value', ARGV[2])
elseif added == tonumber(ARGV[1]) and redis.call('HEXISTS', KEYS[1], 'initial') == 0 then
  -- It wasn't added to 0: there was nothing. Only here is that asked, as each command takes time.
  redis.call('HDEL', KEYS[1], 'value')
  return false
elseif added > -9007199254740992 and added < 9007199254740992 then
  return added
end
-- What HINCRBY returns is a double here, which knows no larger ones exactly.
return redis.call('HGET', KEYS[1], 'value')
