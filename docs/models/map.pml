/* A map's segments, as MapSegment and MapExtents have them: a descriptor word (epoch, extent), NX extents shared by NS segments, each extent
 * with its owner, the segment it was filled for (back), an index and a log of 2 entries. One key per segment; entries of two
 * words, so that a torn copy shows. Writers put, compacting when the log is full, and die anywhere; a reader takes no lock. The segment's lock is
 * taken as proved in lock.pml. Spin is sequentially consistent: fences are not its business. Tombstones, eviction and expiry are left out:
 * MapDeathTests has them.
 * -DREF_CAS: a reader marks a use by a compare-and-set of the slot (passes; MapSegment has references beside the slots).
 * Negative controls, each of which must fail:
 *   -DNO_MISS_CHECK   a miss is believed without looking at the descriptor again
 *   -DTAIL_LATE       the tail is stored after the slot
 *   -DREF_STORE       a reader marks a use by a plain store into the slot
 *   -DNO_REF_CHECK    a claimed extent isn't looked for among the descriptors again
 *   -DNO_EPOCH        the reader compares the extent, not the epoch
 */
#define NS 2
#define NX 3
#define NW 2
#ifndef PUTS
#define PUTS 2
#endif
#ifndef CRASHES
#define CRASHES 1
#endif
#define EXT(d) (d % 4)
byte desc[NS]; byte own[NX], back[NX], idx[NX], tail[NX]; byte la[6], lb[6];
byte lock[NS]; bool alive[NW+2]; 
byte cur[NS], ver[NS];           /* ghosts: last committed version; versions handed out */
#define VAL(s,v) (s*100 + v)
#define STEP(x) if :: atomic { alive[id] -> x } :: !alive[id] -> goto dead fi
proctype Writer(byte id) { byte s, e, x, o, n, v, w, k;
again: if :: n == PUTS -> goto dead :: else -> n++ fi;
  if :: s = 0 :: s = 1 fi;
  if :: atomic { alive[id] && (lock[s] == 0 || !alive[lock[s]]) -> lock[s] = id } :: !alive[id] -> goto dead fi;
  STEP(e = EXT(desc[s]));
  if :: tail[e] < 2 -> goto room :: else fi;
claim: x = 0; w = 0;
  if :: atomic { alive[id] && (own[0] == 0 || !alive[own[0]]) -> x = 0; own[0] = id }
     :: atomic { alive[id] && (own[1] == 0 || !alive[own[1]]) -> x = 1; own[1] = id }
     :: atomic { alive[id] && (own[2] == 0 || !alive[own[2]]) -> x = 2; own[2] = id }
     :: !alive[id] -> goto dead fi;
#ifndef NO_REF_CHECK
  STEP(w = back[x]);
  STEP(k = (EXT(desc[w]) == x));
  if :: k -> STEP(own[x] = 0); k = 0; goto claim :: else fi;
#else
  if :: x == e -> STEP(own[x] = 0); goto claim :: else fi;
#endif
  STEP(back[x] = s);
  STEP(idx[x] = 0); STEP(tail[x] = 0);
  STEP(o = idx[e]);
  if :: (o & 7) > 0 -> STEP(la[x*2] = la[e*2 + (o & 7) - 1]); STEP(lb[x*2] = lb[e*2 + (o & 7) - 1]);
#ifndef TAIL_LATE
             STEP(tail[x] = 1); STEP(idx[x] = 1)
#else
             STEP(idx[x] = 1); STEP(tail[x] = 1)
#endif
     :: else fi; o = 0;
  STEP(desc[s] = (desc[s] / 4 + 1) * 4 + x);       /* the flip: epoch, index and log in one store */
  STEP(own[x] = 0);
  e = x;
room: o = tail[e];
  STEP(ver[s]++; v = ver[s]; la[e*2+o] = VAL(s,v)); STEP(lb[e*2+o] = VAL(s,v));
#ifndef TAIL_LATE
  STEP(tail[e] = o + 1);
#endif
  STEP(idx[e] = o + 1; cur[s] = v);                 /* commit */
#ifdef TAIL_LATE
  STEP(tail[e] = o + 1);
#endif
  STEP(lock[s] = 0); o = 0; v = 0; x = 0; e = 0;
  goto again;
dead: skip }
proctype Reader() { byte s, d, d2, i, a, b, lo, hi, t;
  do :: t == 1 -> break :: t < 1 -> t++; if :: s = 0 :: s = 1 fi; lo = cur[s];
retry: d = desc[s]; i = idx[EXT(d)];
#if defined(REF_STORE) || defined(REF_CAS)
  if :: (i & 7) > 0 && (i & 8) == 0 ->
#ifdef REF_STORE
     idx[EXT(d)] = i | 8
#else
     atomic { if :: idx[EXT(d)] == i -> idx[EXT(d)] = i | 8 :: else fi }
#endif
     :: else fi;
#endif
  a = 0; b = 0;
  if :: (i & 7) > 0 -> a = la[EXT(d)*2 + (i & 7) - 1]; b = lb[EXT(d)*2 + (i & 7) - 1] :: else fi;
#ifdef NO_MISS_CHECK
  if :: (i & 7) == 0 -> d2 = d :: else -> d2 = desc[s] fi;
#else
#ifdef NO_EPOCH
  d2 = desc[s]; if :: EXT(d2) == EXT(d) -> d2 = d :: else fi;
#else
  d2 = desc[s];
#endif
#endif
  if :: d2 != d -> goto retry :: else fi;
  if :: (i & 7) == 0 -> assert(lo == 0) :: else -> assert(a == b && a / 100 == s && a % 100 >= lo && a % 100 <= ver[s]) fi;
  d = 0; d2 = 0; i = 0; a = 0; b = 0; lo = 0
  od }
proctype Fate() { byte c; do :: c < CRASHES -> atomic { if :: alive[1] = false :: alive[2] = false fi; c++ } :: break od }
active proctype Monitor() { byte s, q;
end0: timeout -> /* all quiet: nothing acknowledged is lost, index and descriptors sane */
  assert(EXT(desc[0]) != EXT(desc[1]));
  s = 0; do :: s == NS -> break :: else -> if :: cur[s] > 0 -> q = EXT(desc[s])*2 + (idx[EXT(desc[s])] & 7) - 1; assert(la[q] == VAL(s,cur[s]) && lb[q] == VAL(s,cur[s])) :: else fi; s++ od;
end1: false }
init { atomic { desc[0] = 0; desc[1] = 1; back[1] = 1; back[2] = 0; alive[1] = true; alive[2] = true; alive[3] = true; run Writer(1); run Writer(3);
#ifndef TWO
  run Writer(2);
#endif
  run Reader(); run Fate() } }
