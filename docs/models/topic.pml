/* A topic's ring, as TopicRing has it: C cells, messages of 1 or 2 cells one after the other, the words newest (0: none) and claimed.
 * Publishers hold the lock, which is taken as proved, and one of them dies anywhere; who comes next knows of them by newest and claimed only. A reader
 * that began with the first message reads at its own pace, goes on with the newest when it was overtaken, and counts what it missed.
 * What is proved: it accepts only whole messages with the number it expects, of the length that was committed, and what it read and what it
 * missed are all that was committed. Negative controls, each of which must fail:
 *   -DLOWER        a successor lowers the claim of a dead publisher to the end of its own message
 *   -DCLAIM_LATE   the claim is stored after the message
 *   -DCOMMIT_EARLY newest is stored before the message
 *   -DNO_RECHECK   the reader doesn't look at the claim again after copying
 */
#define C 4
#define PUBLISHERS 2
#define MESSAGES 2
#define MOST (PUBLISHERS*MESSAGES+1)
#define MAXPOS 20

byte num[C], cells[C];            /* of a message's first cell its number and length; of its second one its number */
byte newest, claimed, lock;
bool alive[PUBLISHERS+1];
byte committed, lengthOf[MOST]; /* what is true: how many are committed, and their lengths */
byte numberAt[MAXPOS];          /* the number of the message that was committed at a position */

#define STEP(x) if :: atomic { alive[id] -> x } :: !alive[id] -> goto dead fi

proctype Publisher(byte id) { byte n, at, number, size;
again:
  if :: n == MESSAGES -> goto dead :: else -> n++ fi;
  if :: size = 1 :: size = 2 fi;
  if :: atomic { alive[id] && (lock == 0 || !alive[lock]) -> lock = id } :: !alive[id] -> goto dead fi;
  STEP(if :: newest == 0 -> at = C; number = 1 :: else -> at = newest + cells[newest%C]; number = num[newest%C] + 1 fi);
#ifdef COMMIT_EARLY
  STEP(newest = at; committed = number; lengthOf[number] = size; numberAt[at] = number);
#endif
#ifndef CLAIM_LATE
#ifdef LOWER
  STEP(claimed = at + size);
#else
  STEP(if :: claimed < at + size -> claimed = at + size :: else fi);
#endif
#endif
  STEP(num[at%C] = number);
  STEP(cells[at%C] = size);
  if :: size == 2 -> STEP(num[(at+1)%C] = number) :: else fi;
#ifdef CLAIM_LATE
  STEP(if :: claimed < at + size -> claimed = at + size :: else fi);
#endif
#ifndef COMMIT_EARLY
  STEP(newest = at; committed = number; lengthOf[number] = size; numberAt[at] = number);
#endif
  STEP(lock = 0);
  goto again;
dead: skip }

proctype Reader() { byte at = C, expected = 1, missed, got, seen, number, size, second, found, then;
  do
  :: atomic { seen = newest; then = committed };
     if
     :: seen < at -> assert(got + missed == then); newest != seen
     :: else ->
        number = num[at%C]; size = cells[at%C];
        if
        :: number == expected && size >= 1 && size <= 2 && claimed <= at + C ->
           second = number;
           if :: size == 2 -> second = num[(at+1)%C] :: else fi;
#ifndef NO_RECHECK
           if
           :: claimed > at + C -> goto overtaken
           :: else
           fi;
#endif
           assert(number <= committed && size == lengthOf[number] && second == number && numberAt[at] == number);
           got++; expected++; at = at + size;
           assert(got + missed == expected - 1)
        :: else ->
overtaken: found = num[seen%C];
           if
           :: claimed > seen + C -> skip
           :: else ->
              assert(found == numberAt[seen] && found >= expected);
              missed = missed + found - expected; expected = found; at = seen
           fi
        fi
     fi
  od }

proctype Fate() { if :: alive[1] = false :: skip fi }

init { byte who = 1;
  atomic {
    do :: who <= PUBLISHERS -> alive[who] = true; run Publisher(who); who++ :: else -> break od;
    run Reader(); run Fate() } }
