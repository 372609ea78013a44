/* SharedLock: owner word, take-over, fencing token, fairness, as Ownership and MappedLock have them. N processes; process 1 has two threads unless
 * ONE_THREAD; any process may be killed between any two steps (CRASHES), one live process may be stopped for ever (STOPS).
 * Every { } step is one memory access. alive[i] is the kernel's answer: false exactly from the death on. Spin is sequentially
 * consistent: fences are not its business. The word `abandoned` and the repair are left out: DeathTests has them.
 * -DLEAK: a lost unlock, adopted under the gate (passes).
 * Negative controls, each of which must fail:
 *   -DCLEAR_DEAD      somebody (a joiner cleaning up) resets a dead owner's word to 0
 *   -DGATE_FIRST      unlock opens the gate in the process before it stores 0
 *   -DTOKEN_LATE      the token is returned first and stored after
 *   -DTWO_GATES       two lock objects with a gate each, in one process
 *   -DLEAK_NOADOPT    a lost unlock, and owner == me is not adopted under the gate
 */
#ifndef N
#define N 3            /* processes; N+1 is the late-comer that must always get in */
#endif
#ifndef ROUNDS
#define ROUNDS 2
#endif
#ifndef CRASHES
#define CRASHES 2
#endif
#ifndef STOPS
#define STOPS 1
#endif
byte owner, next, token;             /* the shared lock slot */
bool alive[N+2], stopped[N+2], gate[N+2], gate2[N+2];
/* ghosts */
bool incs[N+2]; bool held[N+2]; bool dirty, done, leaked; byte lastTok, leaks, left[N+2]; /* left = threads still running */
#define DEAD(i) (i != 0 && !alive[i])
#define RUN alive[id] && !stopped[id]
#define STEP(x) if :: atomic { RUN -> x } :: !alive[id] -> goto dead fi

inline mutex() { /* nobody else alive inside */
  k = 1; do :: k <= N+1 -> assert(k == id || !(alive[k] && incs[k])); k++ :: else -> break od;
  assert(!incs[id]); k = 0 }

proctype Thread(byte id; byte thread; bool late) {
  byte o, w, t, k, r; bool ab, reg;
again:
  if :: late -> skip :: else -> if :: r == ROUNDS -> goto end :: else -> r++ fi fi;
#ifdef TWO_GATES
  if :: thread == 2 -> if :: atomic { RUN && !gate2[id] -> gate2[id] = true } :: !alive[id] -> goto dead fi
     :: else -> if :: atomic { RUN && !gate[id] -> gate[id] = true } :: !alive[id] -> goto dead fi fi;
#else
  if :: atomic { RUN && !gate[id] -> gate[id] = true } :: !alive[id] -> goto dead fi;
#endif
look:
  STEP(o = owner; w = 0);
  if
  :: o == 0 ->
     STEP(w = next);
     if :: w == 0 || w == id -> skip
        :: else -> if /* polite: wait for a change, or barge when patience ends (a clock for fairness only) */
             :: atomic { RUN && (owner != 0 || next != w) -> goto look }
             :: RUN && !alive[w] -> STEP(if :: next == w -> next = 0 :: else fi); goto look
             :: RUN -> skip
             :: !alive[id] -> goto dead
             fi
     fi;
     atomic { if :: RUN && owner == 0 -> owner = id; held[id] = true; ab = false
                 :: RUN && owner != 0 -> goto look
                 :: !alive[id] -> goto dead fi }
  :: o == id ->
#ifdef TWO_GATES
     ab = false
#else
#ifdef LEAK_NOADOPT
     if :: RUN && owner != o -> goto look :: !alive[id] -> goto dead fi
#else
     ab = true; held[id] = true        /* gate held and owner==me: left by a lost unlock of this process */
#endif
#endif
  :: o != 0 && o != id ->
     if :: atomic { DEAD(o) && RUN ->   /* probe said dead; CAS on the very word observed */
             if :: owner == o -> owner = id; held[id] = true; ab = true
                :: else -> goto look fi }
        :: atomic { RUN && owner != o -> goto look }
        :: RUN && !reg && !late -> w = next;    /* starved: reserve */
             if :: w == 0 || DEAD(w) -> atomic { if :: RUN && next == w -> next = id; reg = true :: RUN && next != w :: !alive[id] -> goto dead fi }
                :: w != 0 && !DEAD(w) -> if :: RUN && (owner != o || next != w || DEAD(o) || DEAD(w)) :: !alive[id] -> goto dead fi
             fi; goto look
        :: RUN && reg ->                /* interrupted or timed out while waiting */
             goto cancel
        :: !alive[id] -> goto dead
     fi
  fi;
  /* the holder, before it returns to its caller: drop the reservation, then the token */
  STEP(if :: next == id -> next = 0 :: else fi; reg = false; o = 0; w = 0);
  STEP(t = token);
#ifndef TOKEN_LATE
  STEP(token = t + 1);
#endif
  /* ---- returned to the caller ---- */
  atomic { if :: RUN -> mutex(); incs[id] = true; assert(t + 1 > lastTok); lastTok = t + 1;
                        assert(!dirty || ab); t = 0; ab = false          /* whoever finds it half-made was told */
              :: !alive[id] -> goto dead fi };
  STEP(dirty = true);                   /* repair or update under way: half-made */
  STEP(dirty = false);                  /* whole again */
#ifdef TOKEN_LATE
  STEP(token = token + 1);
#endif
#if defined(LEAK) || defined(LEAK_NOADOPT)
  if :: leaks < 1 && !late -> atomic { RUN -> leaks++; leaked = true; dirty = true; incs[id] = false; gate[id] = false; goto again }   /* unlock lost: StackOverflowError and the like */
     :: else fi;
#endif
unlock:
#ifdef GATE_FIRST
  STEP(incs[id] = false; gate[id] = false);
#endif
  atomic { if :: RUN -> incs[id] = false; held[id] = false; owner = 0 :: !alive[id] -> goto dead fi };
#ifndef GATE_FIRST
#ifdef TWO_GATES
  STEP(if :: thread == 2 -> gate2[id] = false :: else -> gate[id] = false fi);
#else
  STEP(gate[id] = false);
#endif
#endif
  if :: late -> goto end :: else -> goto again fi;
cancel:
  STEP(if :: next == id -> next = 0 :: else fi); reg = false;
  STEP(gate[id] = false); goto again;
dead: atomic { incs[id] = false; o=0;w=0;t=0;r=0;ab=false;reg=false };
end: if :: late -> done = true :: else -> skip fi; left[id]--
}
proctype Fate() { byte c, s, i;
  do
  :: c < CRASHES -> atomic { select(i : 1 .. N); alive[i] = false; c++ }
  :: s < STOPS   -> atomic { select(i : 1 .. N); stopped[i] = true; s++ }
#ifdef CLEAR_DEAD
  :: atomic { DEAD(owner) -> owner = 0 }
#endif
  :: break
  od }
/* When nothing can move any more, the late-comer is in and out, unless a stopped or leaking process really holds the lock. */
active proctype Monitor() { 
end0: timeout -> assert(done || (alive[owner] && held[owner] && (stopped[owner] || (leaked && left[owner] == 0)))) ;
end1: false }
init { byte i; atomic {
  i = 1; do :: i <= N+1 -> alive[i] = true; i++ :: else -> break od;
  run Fate(); run Thread(1,1,false); left[1] = 1;
#ifndef ONE_THREAD
  run Thread(1,2,false); left[1] = 2;
#endif
 
  i = 2; do :: i <= N -> run Thread(i,1,false); left[i] = 1; i++ :: else -> break od;
  run Thread(N+1,1,true); left[N+1] = 1 } }
