/* One ordinal, as Membership and ProcessLock have it. JVM 1: a prober and a joiner (two SharedStates, or two class loaders). JVM 2: the
 * first member, which dies or leaves. JVM 3: a joiner and a prober.
 * Kernel: X = the process with the exclusive lock of the byte, S[p] = a shared one. tab[p] = the JDK's table of locks in a JVM (an overlap
 * throws, without a system call). One lock file, one channel in each JVM, never closed.
 * -DSMALL: without JVM 3's prober, and JVM 1 doesn't die.
 * Negative control, which must fail:
 *   -DINCFIRST        the incarnation is published before the lock is had
 */
#ifndef R
#define R 2
#endif
byte X; bool S[4], tab[4], mon[4], up[4]; byte inc, jvm, nextInc = 2, cl; bool live[8]; byte procOf[8];
#define OK up[p]
#define STEP(x) if :: atomic { up[p] -> x } :: !up[p] -> goto dead fi
#define OTHERS_S(p) ((S[1] && p != 1) || (S[2] && p != 2) || (S[3] && p != 3))
inline check() { assert(!(live[1] && X != procOf[1])); assert(!(live[2] && X != procOf[2])); assert(!(live[3] && X != procOf[3])); assert(!(live[4] && X != procOf[4])); assert(!(live[5] && X != procOf[5])); assert(!(live[6] && X != procOf[6])) }
proctype Prober(byte p) { byte target, i, n; bool got;
  do :: n == R -> goto dead :: else -> n++;
  STEP(target = inc);                          /* an owner word was seen with this incarnation */
  if :: target == 0 -> goto next :: else fi;
  STEP(i = inc);
  if :: i != target -> STEP(assert(!live[target])); goto rel :: else fi;      /* moved on: dead */
  if :: atomic { up[p] && tab[p] -> goto clos } :: atomic { up[p] && !tab[p] -> tab[p] = true } :: !up[p] -> goto dead fi;
  atomic { if :: up[p] && (X == 0 || X == p) -> S[p] = true; got = true; if :: X == p -> X = 0 :: else fi
              :: up[p] && X != 0 && X != p -> got = false :: !up[p] -> goto dead fi };
  if :: got -> STEP(S[p] = false) :: else fi;
  STEP(tab[p] = false);
  if :: got -> STEP(assert(!live[target])) :: else fi; got = false;
clos:
  skip;
rel:
next: target = 0; i = 0
  od;
dead: skip }
proctype Member(byte p; bool first) { byte me, n;
  if :: first -> me = 1; goto joined :: else fi;
again: if :: n == R -> goto dead :: else -> n++ fi;
  if :: atomic { up[p] && (cl == 0 || !up[cl]) -> cl = p } :: !up[p] -> goto dead fi;
#ifdef INCFIRST
  STEP(me = nextInc; nextInc++; procOf[me] = p; jvm = p); STEP(inc = me; live[me] = true);
#endif
  if :: atomic { up[p] && tab[p] -> goto fail } :: atomic { up[p] && !tab[p] -> tab[p] = true } :: !up[p] -> goto dead fi;
  if :: atomic { up[p] && X == 0 && !OTHERS_S(p) -> X = p }
     :: atomic { up[p] && (X != 0 || OTHERS_S(p)) -> tab[p] = false; goto fail } :: !up[p] -> goto dead fi;
#ifndef INCFIRST
  STEP(me = nextInc; nextInc++; procOf[me] = p);
  STEP(inc = 0); STEP(jvm = p);
  STEP(inc = me; live[me] = true);
#endif
  STEP(cl = 0);
joined: STEP(check()); STEP(skip);
  if :: STEP(check()); goto dead :: skip fi;   /* stays for ever, or closes: */
  STEP(live[me] = false; if :: inc == me -> inc = 0 :: else fi);
  STEP(if :: X == p -> X = 0 :: else fi); STEP(tab[p] = false);
  goto again;
fail:
  STEP(cl = 0); goto again;
dead: skip }
proctype Death(byte p) { byte i;
  if :: skip :: atomic { up[p] = false; if :: X == p -> X = 0 :: else fi; S[p] = false; i = 1; do :: i == 8 -> break :: else -> if :: procOf[i] == p -> live[i] = false :: else fi; i++ od } fi }
init { atomic { up[1] = true; up[2] = true; up[3] = true; X = 2; tab[2] = true; inc = 1; jvm = 2; live[1] = true; procOf[1] = 2;
  run Member(2,true); run Member(1,false); run Prober(1); run Member(3,false); run Death(2);
#ifndef SMALL
  run Prober(3); run Death(1)
#endif
 } }
