-- Deletes a batch that is stored.
-- KEYS  1 ids of batches set aside, 2 the batch      ARGV  1 its id
redis.call('SREM', KEYS[1], ARGV[1])
return redis.call('UNLINK', KEYS[2])
