/**
 * Scripts of Redis for the lists. An entry is named by its digest, since one that is not UTF-8 would not be the same
 * bytes when it is sent back. Each script writes first what needs memory: when that is refused, nothing was done.
 */

/** The oldest entries of a list: those at the end from which they are taken, and their digests. */
export const find = `
local found = {}
for _, entry in ipairs(redis.call('LRANGE', KEYS[1], -ARGV[1], -1)) do
  found[#found + 1] = redis.sha1hex(entry)
  found[#found + 1] = entry
end
return found`;

/** The entry of a list with a digest, among those that `find` gives; looked for from one of their ends. */
const entryOf = (order: 'newest first' | 'oldest first') => `
local entry
local list = redis.call('LRANGE', KEYS[1], -ARGV[1], -1)
for place = ${order === 'newest first' ? '1, #list' : '#list, 1, -1'} do
  if redis.sha1hex(list[place]) == ARGV[2] then
    entry = list[place]
    break
  end
end`;

/** Takes an entry out of a list; 1 if it was there. */
export const remove = `${entryOf('oldest first')}
if not entry then return 0 end
return redis.call('LREM', KEYS[1], -1, entry)`;

/** Moves an entry to those that are no messages; 1 if it was there. */
export const putAside = `${entryOf('oldest first')}
if not entry then return 0 end
redis.call('LPUSH', KEYS[2], entry)
redis.call('LREM', KEYS[1], 1, entry)
return 1`;

/** What consumers have: digest, entry, and since when it was seen there, as milliseconds. Notes what is new. */
export const lookAtProcessing = `
local found, there = {}, {}
for _, entry in ipairs(redis.call('LRANGE', KEYS[1], -ARGV[1], -1)) do
  local mark = redis.sha1hex(entry)
  there[mark] = true
  redis.call('HSETNX', KEYS[3], mark, ARGV[2])
  found[#found + 1] = mark
  found[#found + 1] = entry
  found[#found + 1] = redis.call('HGET', KEYS[3], mark)
end
for _, mark in ipairs(redis.call('HKEYS', KEYS[3])) do
  if not there[mark] then redis.call('HDEL', KEYS[3], mark) end
end
if #found == 0 and redis.call('LLEN', KEYS[2]) == 0 then redis.call('DEL', KEYS[4]) end
return found`;

/**
 * Takes an entry from its consumer, unless that one or another caretaker was faster: back to the queue, to the end
 * from which it is taken, or to the dead letters after so many times.
 */
export const give = `
if redis.call('HGET', KEYS[4], ARGV[2]) ~= ARGV[3] then return 'gone' end
${entryOf('newest first')}
if not entry then return 'gone' end
local times = redis.call('HINCRBY', KEYS[5], ARGV[2], 1)
local became
if times <= tonumber(ARGV[4]) then
  redis.call('RPUSH', KEYS[2], entry)
  redis.call('EXPIRE', KEYS[5], ARGV[6])
  became = 'reclaimed'
else
  redis.call('LPUSH', KEYS[3], ARGV[5])
  redis.call('HDEL', KEYS[5], ARGV[2])
  became = 'dead'
end
redis.call('LREM', KEYS[1], 1, entry)
redis.call('HDEL', KEYS[4], ARGV[2])
return became`;

/** How many there are, all at one moment. */
export const lengths = `
local found = {tonumber(redis.call('GET', KEYS[1]) or '0')}
for index = 2, #KEYS do found[index] = redis.call('LLEN', KEYS[index]) end
return found`;
