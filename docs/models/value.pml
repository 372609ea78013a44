/* SharedValue with K buffers, as MappedValue has it with 4: a writer fills buffer (v + 1) % K, then stores version v + 1; a reader
 * accepts its copy if the version has moved by at most K - 2. Writers die anywhere; the lock is taken as proved.
 * Negative control, which must fail:
 *   -DLOOSE           the reader accepts a move by K - 1
 */
#ifndef K
#define K 4
#endif
#ifdef LOOSE
#define MOVE (K-1)
#else
#define MOVE (K-2)
#endif
byte a[K], b[K], version, lock; bool alive[4]; byte fails;
#define STEP(x) if :: atomic { alive[id] -> x } :: !alive[id] -> goto dead fi
proctype Writer(byte id) { byte n, v;
again: if :: n == 2 -> goto dead :: else -> n++ fi;
  if :: atomic { alive[id] && (lock == 0 || !alive[lock]) -> lock = id } :: !alive[id] -> goto dead fi;
  STEP(v = version);
  STEP(a[(v+1)%K] = v+1); STEP(b[(v+1)%K] = v+1);
  STEP(version = v+1); STEP(lock = 0); goto again;
dead: skip }
proctype Reader() { byte t, v, x, y, w;
  do :: t == 1 -> break :: else ->
    v = version; x = a[v%K]; y = b[v%K]; w = version;
    if :: w - v <= MOVE -> assert(x == v && y == v); t++ :: else -> t++ fi od }
proctype Fate() { byte c; do :: c < 2 -> atomic { if :: alive[1] = false :: alive[2] = false fi; c++ } :: break od }
init { atomic { alive[1] = true; alive[2] = true; alive[3] = true; run Writer(1); run Writer(2); run Writer(3); run Reader(); run Fate() } }
