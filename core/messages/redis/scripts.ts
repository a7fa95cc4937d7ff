/**
 * Scripts of Redis for the lists. An entry is named by its digest, since one that is not UTF-8 would not be the same
 * bytes when it is sent back. Each script writes first what needs memory: when that is refused, nothing was done. Each
 * has its bound in bytes, because Redis does nothing else meanwhile, and a call that takes too long has failed.
 */

/**
 * Longest entry that can be a message, bytes: a payload has 200,000 at most, and as a dead letter it is written as a text
 * within a text, where a character of two bytes takes seven.
 */
export const longestEntry = 1_048_576;

/** Bytes of entries that one script reads, and that one answer has: by both the last entry may go beyond. */
const mostRead = 16_777_216;
const mostAnswered = 262_144;

/** Moves an entry that is too long for a message to those that are none; false where that is refused. */
const putLongAside = `
local function putLongAside(list, unparsable, entry)
  local put = redis.pcall('LPUSH', unparsable, entry)
  if type(put) == 'table' then return false end
  redis.call('LREM', list, -1, entry)
  return true
end`;

/**
 * What tells an entry from the others that consumers have. Of a long one a part is enough: two that are taken for one
 * have one time, and each is looked at whole before something is done with it.
 */
const markOf = `
local function markOf(entry)
  if #entry <= 8192 then return redis.sha1hex(entry) end
  return #entry .. ':' .. redis.sha1hex(string.sub(entry, 1, 4096) .. string.sub(entry, -4096))
end`;

/**
 * Entries behind so many of the oldest, the oldest first, as many as one answer takes: each with its digest. In front of
 * them, how many were too long and were put aside, and how many of those could not be. Nothing where there is none.
 */
export const find = `${putLongAside}
local found, aside, stayed, bytes, place = {0, 0}, 0, 0, 0, ARGV[1] + 1
while #found / 2 <= tonumber(ARGV[2]) and bytes < ${mostAnswered} do
  local entry = redis.call('LINDEX', KEYS[1], -place)
  if not entry then break end
  bytes = bytes + #entry
  if #entry <= ${longestEntry} then
    found[#found + 1] = redis.sha1hex(entry)
    found[#found + 1] = entry
    place = place + 1
  elseif putLongAside(KEYS[1], KEYS[2], entry) then
    aside = aside + 1
  else
    stayed = stayed + 1
    place = place + 1
  end
end
if bytes == 0 and #found == 2 then return {} end
found[1], found[2] = aside, stayed
return found`;

/** The entry of a list that is meant. It stood at this place from the end, and stands there or nearer to the end. */
const entryWhere = (isMeant: string) => `
local entry
local bytes = 0
for place = tonumber(ARGV[1]), 1, -1 do
  local one = redis.call('LINDEX', KEYS[1], -place)
  if one then
    if #one <= ${longestEntry} and ${isMeant} == ARGV[2] then
      entry = one
      break
    end
    bytes = bytes + #one
    if bytes > ${mostRead} then break end
  end
end`;

const entryOf = entryWhere('redis.sha1hex(one)');

/** Takes an entry out of a list; 1 if it was there. */
export const remove = `${entryOf}
if not entry then return 0 end
return redis.call('LREM', KEYS[1], -1, entry)`;

/** Moves an entry to those that are no messages; 1 if it was there. */
export const putAside = `${entryOf}
if not entry then return 0 end
redis.call('LPUSH', KEYS[2], entry)
redis.call('LREM', KEYS[1], 1, entry)
return 1`;

/**
 * The oldest entries that consumers have: how many were too long and were put aside, and then of each its mark, since when
 * it was seen there, as milliseconds, and its place from the end. Notes what is new, and forgets what is gone.
 */
export const lookAtProcessing = `${putLongAside}${markOf}
local found, there, aside, stayed, bytes, place = {0}, {}, 0, 0, 0, 1
while place <= tonumber(ARGV[1]) and bytes < ${mostRead} do
  local entry = redis.call('LINDEX', KEYS[1], -place)
  if not entry then break end
  bytes = bytes + #entry
  if #entry <= ${longestEntry} then
    local mark = markOf(entry)
    there[mark] = true
    redis.call('HSETNX', KEYS[3], mark, ARGV[2])
    found[#found + 1] = mark
    found[#found + 1] = redis.call('HGET', KEYS[3], mark)
    found[#found + 1] = place
    place = place + 1
  elseif putLongAside(KEYS[1], KEYS[5], entry) then
    aside = aside + 1
  else
    stayed = stayed + 1
    place = place + 1
  end
end
-- Behind one that is too long less was looked at than before: what was not may be there all the same.
if aside + stayed == 0 then
  for _, mark in ipairs(redis.call('HKEYS', KEYS[3])) do
    if not there[mark] then redis.call('HDEL', KEYS[3], mark) end
  end
  if #found == 1 and redis.call('EXISTS', KEYS[2]) == 0 then redis.call('DEL', KEYS[4]) end
end
if aside == 0 and #found == 1 then return {} end
found[1] = aside
return found`;

/** An entry that consumers have, by its mark: its digest and itself. Nothing where it is gone. */
export const read = `${markOf}${entryWhere('markOf(one)')}
if not entry then return {} end
return {redis.sha1hex(entry), entry}`;

/**
 * Takes an entry from its consumer, unless that one or another caretaker was faster: back to the queue, to the end
 * from which it is taken, or to the dead letters after so many times.
 */
export const give = `${markOf}${entryOf}
if not entry then return 'gone' end
local mark = markOf(entry)
if redis.call('HGET', KEYS[4], mark) ~= ARGV[3] then return 'gone' end
local times = (redis.call('HGET', KEYS[5], mark) or 0) + 1
local became
if times <= tonumber(ARGV[4]) then
  redis.call('RPUSH', KEYS[2], entry)
  redis.call('HSET', KEYS[5], mark, times)
  redis.call('EXPIRE', KEYS[5], ARGV[6])
  became = 'reclaimed'
else
  redis.call('LPUSH', KEYS[3], '{"original_message":' .. cjson.encode(entry) .. ',' .. string.sub(ARGV[5], 2))
  redis.call('HDEL', KEYS[5], mark)
  became = 'dead'
end
redis.call('LREM', KEYS[1], 1, entry)
redis.call('HDEL', KEYS[4], mark)
return became`;

/** How many there are, all at one moment; in the place of one that is of another type, that type. */
export const lengths = `
local found = {}
for index, key in ipairs(KEYS) do
  local length = redis.pcall(index == 1 and 'GET' or 'LLEN', key)
  if type(length) == 'table' then found[index] = redis.call('TYPE', key).ok
  else found[index] = tonumber(length or 0) end
end
return found`;
