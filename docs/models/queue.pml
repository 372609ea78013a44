/* A queue's ring, as QueueRing has it, of N blocks and messages of one block. Each block has a state (kind and owner in one word) and a content of two
 * words, so that a torn message shows. NP producers offer, NC consumers receive and say that it is done; each may be killed
 * between any two steps (CRASHES). A consumer's word `known` says that it may have messages in work; a late-comer has the ordinal of the
 * first consumer to die, if one did, and drains the queue in the end. The two locks are taken as proved in lock.pml, and alive[] is the kernel's answer. Spin is
 * sequentially consistent: fences are not its business. Retries with a delay, dead letters and messages of several blocks are left out: QueueDeathTests and
 * QueueModelTests have them.
 * -DONE_PRODUCER, -DONE_CONSUMER: smaller; without them it takes minutes.
 * Negative controls, each of which must fail:
 *   -DTAIL_FIRST      the tail is stored before the message is written
 *   -DHEAD_FIRST      the head is stored before the state of what is received
 *   -DPASS_HEAD       a producer goes on beyond head + N
 *   -DOVER_WORK       a producer takes what is in work for free
 *   -DKNOWN_LATE      a consumer is known after it has received
 *   -DKNOWN_OVER      a consumer's word is stored over its predecessor's without a look for what that had in work
 *   -DADOPT_STOPPED   who doesn't answer counts as dead
 */
#ifndef N
#define N 3
#endif
#ifndef OFFERS
#define OFFERS 2
#endif
#ifndef CRASHES
#define CRASHES 1
#endif
#define FREE 0
#define READY 1
#define AGAIN 2
#define WORK 4                 /* + ordinal of the owner */
#define P1 1
#define P2 2
#define C1 3
#define C2 4
#define LATE 5
byte kind[N], a[N], b[N], head, tail, plock, clock, known[2];  /* known[ordinal]: who, by incarnation (its process number) */
bool alive[6];
/* ghosts; messages are numbered 1 .. 4: two of P1, then two of P2 */
byte offered[5], got[5], done[5], lastFirst[3]; bool drained;
#define STEP(x) if :: atomic { alive[id] -> x } :: !alive[id] -> goto dead fi
#define NUMBER(p,n) ((p - 1) * 2 + n)

proctype Producer(byte id) { byte n, t, h, at, m;
again: if :: n == OFFERS -> goto dead :: else -> n++ fi;
  if :: atomic { alive[id] && (plock == 0 || !alive[plock]) -> plock = id } :: !alive[id] -> goto dead fi;
  m = NUMBER(id, n);
  STEP(h = head); STEP(t = tail);
look:
#ifndef PASS_HEAD
  if :: t == h + N -> goto unlock :: else fi;
#else
  if :: t == h + N + 1 -> goto unlock :: else fi;
#endif
  at = t % N;
  if :: atomic { alive[id] && kind[at] == FREE } -> skip
     :: atomic { alive[id] && kind[at] == READY -> kind[at] = FREE }   /* begun by one that died */
#ifdef OVER_WORK
     :: atomic { alive[id] && kind[at] >= AGAIN -> kind[at] = FREE }
#else
     :: atomic { alive[id] && kind[at] >= AGAIN } -> t++; goto look
#endif
     :: !alive[id] -> goto dead
  fi;
#ifdef TAIL_FIRST
  STEP(tail = t + 1); STEP(kind[at] = READY); STEP(a[at] = m); STEP(b[at] = m);
#else
  STEP(a[at] = m); STEP(b[at] = m); STEP(kind[at] = READY);
  STEP(tail = t + 1);                                       /* the commit */
#endif
  STEP(offered[m] = 1);
unlock:
  STEP(plock = 0); t = 0; h = 0; at = 0; m = 0;
  if :: n == OFFERS -> goto dead :: else -> goto again fi;
dead: skip }

inline giveBackOf(who) { i = 0;
  do :: i == N -> break
     :: i < N -> STEP(if :: kind[i] == WORK + who -> kind[i] = AGAIN :: else fi); i++
  od; i = 0 }

/* ord: its ordinal; late: comes after all others, and drains */
proctype Consumer(byte id; byte ord; bool late) { byte h, at, i, m, was, r, o;
again: if :: late -> skip :: else -> if :: r == 2 -> goto dead :: else -> r++ fi fi;
  if :: atomic { alive[id] && (clock == 0 || !alive[clock]) -> clock = id } :: !alive[id] -> goto dead fi;
#ifndef KNOWN_LATE
  STEP(was = known[ord]);
  if :: was != id ->
#ifndef KNOWN_OVER
       if :: was != 0 -> giveBackOf(was) :: else fi;
#endif
       STEP(known[ord] = id)
     :: else fi;
#endif
  o = 1 - ord;
  STEP(was = known[o]);
#ifdef ADOPT_STOPPED
  if :: was != 0 ->
#else
  if :: was != 0 && was != id && !alive[was] ->
#endif
       giveBackOf(was); STEP(known[o] = 0)
     :: else fi;
  was = 0; o = 0;
  /* what is to be redelivered first */
  i = 0;
  do :: i == N -> break
     :: i < N && kind[i] == AGAIN -> at = i; i = 0; m = AGAIN; goto take
     :: i < N && kind[i] != AGAIN -> i++
  od; i = 0;
  STEP(h = head);
next:
  if :: h >= tail -> STEP(head = h); goto nothing :: else fi;
  at = h % N;
  if :: kind[at] != READY -> h++; goto next :: else fi;
  m = READY;
#ifdef HEAD_FIRST
  STEP(head = h + 1);
#endif
take:
  atomic { if :: alive[id] ->                              /* copied; two words, so a torn one shows */
       assert(a[at] == b[at] && a[at] != 0);
       i = a[at] :: !alive[id] -> goto dead fi };
  STEP(kind[at] = WORK + id;                                /* the commit */
       if :: m == READY -> assert(!got[i]);                 /* once, but for what is redelivered */
              assert(i > lastFirst[(i + 1) / 2]); lastFirst[(i + 1) / 2] = i    /* in each producer's order */
          :: else -> assert(got[i]) fi;
       assert(!done[i]); got[i] = 1);
#ifdef KNOWN_LATE
  STEP(known[ord] = id);
#endif
#ifndef HEAD_FIRST
  if :: m == READY -> STEP(head = h + 1) :: else fi;
#endif
  STEP(clock = 0); h = 0; m = 0;
  /* done, without a lock: by compare-and-set from just what it has stored */
  atomic { if :: alive[id] -> assert(kind[at] == WORK + id && a[at] == i); done[i] = 1; kind[at] = FREE :: !alive[id] -> goto dead fi };
  i = 0; at = 0;
  goto again;
nothing:
  STEP(clock = 0); h = 0;
  if :: late -> drained = true :: else -> skip fi;
dead: skip }

proctype Fate() { byte c, k;
  do :: c < CRASHES -> atomic { select(k : 1 .. C2); alive[k] = false; c++ } :: break od }

/* When nothing moves any more, a late-comer drains the queue; then everything that was offered is done, and nothing is left. */
active proctype Monitor() { byte i;
  timeout -> atomic { alive[LATE] = true; run Consumer(LATE, (alive[C1] -> 1 : 0), true) };
  timeout -> assert(drained);
  i = 1; do :: i == 5 -> break :: else -> assert(!offered[i] || done[i]); i++ od }
init { atomic { alive[P1] = true; alive[P2] = true; alive[C1] = true; alive[C2] = true;
  run Producer(P1);
#ifndef ONE_PRODUCER
  run Producer(P2);
#endif
  run Consumer(C1, 0, false);
#ifndef ONE_CONSUMER
  run Consumer(C2, 1, false);
#endif
  run Fate() } }
