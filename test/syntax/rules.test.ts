import assert from 'node:assert/strict';
import { test } from 'node:test';
import { body, declaration, examples, head, onlyFunction } from './normalise.ts';

test('attributes without arguments go', () =>
  examples(head, [
    ['static int __init f(void)', 'static int f(void)'],
    ['__always_inline int f(void)', 'int f(void)'],
    ['int f(void __user *p, struct a __iomem *q)', 'int f(void *p, struct a *q)'],
  ]));

test('attributes with arguments go with them', () =>
  examples(head, [
    ['static __printf(1, 2) int f(const char *s, ...)', 'static int f(const char *s, ...)'],
    ['int f(void) __releases(&a->lock)', 'int f(void)'],
    ['int __attribute__((aligned(sizeof(long)))) f(void)', 'int f(void)'],
  ]));

test('attributes in bodies go, members of their name stay', () =>
  examples(body, [
    ['struct a *p __free(kfree) = g();', 'struct a *p = g();'],
    ['p->__init = q.__user;', 'p->__init = q.__user;'],
    ['x = (void __force __iomem *)y;', 'x = (void *)y;'],
    ['out: __maybe_unused; return;', 'out:; return;'],
  ]));

test('blanked attributes are recorded in order, with their place', async () => {
  const slice = await onlyFunction(
    'static int __must_check f(u8 a UNUSED) __releases(x) { void *p __free(kfree) = g(); }',
  );
  assert.deepEqual(
    slice.attributes.map(({ text, span }) => {
      assert.equal(slice.text.slice(span.start, span.end), text);
      return text;
    }),
    ['__must_check', 'UNUSED', '__releases(x)', '__free(kfree)'],
  );
});

test('unknown words around a type are annotations', () =>
  examples(head, [
    ['API static int f(void)', 'static int f(void)'],
    ['static SOME_ATTR u32 f(void)', 'static u32 f(void)'],
    ['static u32 SOME_ATTR f(void)', 'static u32 f(void)'],
    ['static struct a *__fast f(void)', 'static struct a * f(void)'],
    ['static MACRO(1, 2) int f(void)', 'static int f(void)'],
    ['__u32 f(__be16 a)', '__u32 f(__be16 a)'],
    ['int f(u8 x UNUSED, IN u32 y, OUT struct a *z)', 'int f(u8 x, u32 y, struct a *z)'],
    ['int f(int (*g)(int), u8 a[4])', 'int f(int (*g)(int), u8 a[4])'],
    ['int f(void) ANNOTATION(x) OTHER', 'int f(void)'],
    ['void NAME(2)(int a)', 'void NAME (int a)'],
  ]));

test('annotations in declarations of a body go', () =>
  examples(body, [
    ['u32 x FOO = 1; u8 y[3] FOO = { 1 }; u8 z[1] FOO("x");', 'u32 x = 1; u8 y[3] = { 1 }; u8 z[1];'],
    [
      'FOO u32 w; const u32 m = 1; static u64 n = 2; unsigned long v;',
      'u32 w; const u32 m = 1; static u64 n = 2; unsigned long v;',
    ],
    [
      '{ x(); } u32 y = 1; { } u8 z; struct a b; if (c) { } d e;',
      '{ x(); } u32 y = 1; { } u8 z; struct a b; if (c) { } d e;',
    ],
    ['void FAR *p = (struct a FAR *)q;', 'void *p = (struct a *)q;'],
    ['NO_UNROLL for (;;) x(); scope { y(); }', 'for (;;) x(); { y(); }'],
  ]));

test('a macro that defines a function takes its first argument as name', () =>
  examples(head, [
    ['SYSCALL_DEFINE2(name, int, a, char __user *, b)', 'int name(int a, char * b)'],
    ['TRACE_THIS(name, int a, struct x *b)', 'int name(int a, struct x *b)'],
    ['DEFINE_ENTRY(name)', 'int NE_ENTRY()'],
    ['TEST(name)', 'int X()'],
    ['SYSCALL_DEFINE1(32_name, int, a)', 'int _2_name(int a)'],
    ['ODD_ONE(name, 1, "x")', 'int name()'],
  ]));

test('types as arguments turn into one identifier', () =>
  examples(body, [
    ['p = container_of(w, struct a, b);', 'p = container_of(w, a, b);'],
    ['q = min_t(unsigned long, a, b);', 'q = min_t(Unsigned, a, b);'],
    [
      'g(u8 *, const u8, struct a **, void (*)(int), typeof(x), int [3]);',
      'g(u8, u8, a, Void, typeof, Int);',
    ],
    [
      'e = va_arg(ap, char *); o = __builtin_offsetof(struct a, b.c[1]);',
      'e = va_arg(ap, Char); o = __builtin_offsetof(a, b.c[1]);',
    ],
    ['g(a * b, a * b * c, (u8 *)p, sizeof(struct a));', 'g(a * b, a * b * c, (u8 *)p, sizeof(struct a));'],
  ]));

test('declarations as arguments keep the name', () =>
  examples(body, [
    ['g(int i, struct a *p, u8 j, void (*fn)(int));', 'g(i, p, j, fn);'],
    ['g(struct a *f(int), 1);', 'g(a, 1);'],
  ]));

test('operators and nothing as arguments', () =>
  examples(body, [
    ['g(a, <=, b); g(==); g(->);', 'g(a, __, b); g(__); g(__);'],
    ['g(, a); g(a,, b); g(a, ); g();', 'g(a); g(a, b); g(a); g();'],
    ['g(a, == b); g(a |); g(-a, *b, &c, !d, ~e);', 'g(a, b); g(a); g(-a, *b, &c, !d, ~e);'],
  ]));

test('statements as arguments turn into a block where blanks are, else into operands', () =>
  examples(body, [
    ['g(x, if (y) break; );', 'g(x,{if (y) break;});'],
    ['g( a(); b(); );', 'g({a(); b();});'],
    ['g(a(); b());', 'g(a(), b());'],
    ['g(x, return -1); g(x, goto out);', 'g(x, -1); g(x, out);'],
    ['g(break, static, else);', 'g(Break, Static, Else);'],
    ['g(if (x) y());', 'g((x),y());'],
    ['g(x, { y(); });', 'g(x, { y(); });'],
    ['g(for_each(x, y) { z(); });', 'g(for_each(x, y),{ z(); });'],
  ]));

test('initialisers as arguments turn into parentheses', () =>
  examples(body, [
    ['g({ 1, 2 }, { .a = 1, .b = { 2, 3 } });', 'g((1, 2), (a = 1, b = (2, 3)));'],
    ['g(.a = 1, (struct x){ .b = 2 });', 'g(a = 1, (struct x){ .b = 2 });'],
  ]));

test('macro calls in an argument that bring their own commas', () =>
  examples(body, [['g(\n  A(x)\n  B(y)\n  C\n  D(z));', 'g(A(x), B(y), C, D(z));']]));

test('a macro with a block is a loop for the grammar', () =>
  examples(body, [
    ['list_for_each_entry(p, &h, struct a, l) { x(); }', 'while (p, &h, a, l) { x(); }'],
    ['scoped_guard(mutex, &l) { x(); }', 'while (mutex, &l) { x(); }'],
    ['each(a) { x(); }', 'if (a) { x(); }'],
    ['forever() { x(); } it() { y(); }', 'while(1) { x(); } { y(); }'],
    ['guard(mutex)(&l);', 'guard(mutex)(&l);'],
  ]));

test('a macro with a block and an else is an if', () =>
  examples(body, [
    ['if_x(a) { b(); } else { c(); }', 'if (a) { b(); } else { c(); }'],
    ['if (y) each_of(a) { b(); } else { c(); }', 'if (y) while (a) { b(); } else { c(); }'],
  ]));

test('a macro without semicolon: its body is indented deeper, another statement is not', () =>
  examples(body, [
    ['\n\tfor_each_cpu(c, m)\n\t\tx();\n\ty();\n', 'while (c, m) x(); y();'],
    ['\n\tfor_each_cpu(c, m)\n\t\t(void)x();\n', 'while (c, m) (void)x();'],
    ['\n\tloop_over(x) if (y) z();\n', 'while (x) if (y) z();'],
    ['\n\tASSERT(x)\n\tASSERT(y)\n\tif (z)\n\t\tw();\n', 'ASSERT(x);ASSERT(y);if (z) w();'],
    ['\n\tASSERT(z)\n', 'ASSERT;'],
    ['\n\tdo_all\n  out:\n\tx();\n', 'do_all; out: x();'],
    ['\n\tx();\n\tEND_X\n', 'x(); END_;'],
    ['\n\tFLAGS\n\n\tDBG(x)\n\ty();\n', 'FLAGS;DBG(x);y();'],
    ['\n\tif (a)\n\t\tASSERT(z)\n\telse\n\t\tx();\n', 'if (a) ASSERT(z);else x();'],
  ]));

test('a macro that ends a do loop', () =>
  examples(body, [
    ['do { x(); } while_each_x(p, q);', 'do { x(); } while (p, q);'],
    ['do_each_x(a) { b(); } while_each_x(a);', 'while (a) { b(); } while_each_x(a);'],
  ]));

test('macros that declare', () =>
  examples(body, [
    ['static DEFINE_X(m);', 'DEFINE_X(m);'],
    ['static DEFINE_PER(struct a *, b);', 'static struct a * b;'],
    ['DEFINE_FLEX(a, 3) = { 1 };', 'int a = { 1 };'],
    ['DECLARE_ONE(struct a, b); INIT(struct a *, b);', 'struct a b; INIT(a, b);'],
    ['TYPE(x) y = 1;', 'TYPE y = 1;'],
    ['static TYPE(x) y;', 'static TYPE y;'],
  ]));

test('ranges of a case, not those of a designator', () =>
  examples(body, [
    [
      "switch (a) { case 1 ... 3: x(); case 'a' ... B: y(); }",
      "switch (a) { case 1 + 3: x(); case 'a' + B: y(); }",
    ],
    ['int b[] = { [0 ... 3] = 1 };', 'int b[] = { [0 ... 3] = 1 };'],
  ]));

test('a switch without a block', () =>
  examples(body, [
    ['\n\tswitch (a)\n\tcase 1: {\n\t\tx();\n\t}\n\ty();\n', 'switch (a) {case 1: { x(); } }y();'],
  ]));

test('typeof', () =>
  examples(body, [
    ['typeof(*p) x; const __typeof__(y) *z;', 'typeof x; const __typeof__ *z;'],
    [
      'y = (typeof(z))(1); w = (typeof(z) *)q; v = sizeof(typeof(z));',
      'y = (long)(1); w = (typeof *)q; v = sizeof(typeof);',
    ],
  ]));

test('offsetof and alignof', () =>
  examples(body, [
    [
      'a = offsetof(struct x, b.c[1]); b = offsetof(struct x, y);',
      'a = offsetof(struct x, b_c_1_); b = offsetof(struct x, y);',
    ],
    ['c = __alignof__(*p->x); d = alignof(struct x);', 'c = __alignof__(p__x); d = alignof(struct x);'],
  ]));

test('inline assembly', () =>
  examples(body, [
    [
      'asm volatile("nop" : "=r" (a), [b] "+m" (*p) : : "memory", "cc");',
      'asm volatile("nop" : "=r" (a), [b] "+m" (*p) : : "memory", "cc");',
    ],
    ['asm volatile(ALT("a", "b", X) : "=r" (a) : "r" (c));', 'asm volatile("" : "=r" (a) : "r" (c));'],
    ['asm volatile("x" : MACRO_OUT(a) : "r" (b));', 'asm volatile("x" : : "r" (b));'],
    [
      'asm("x" : "=a" (s), CALL, "+c" (t) : OUT(d), [e] IN (e) : "cc", ALL, "memory");',
      'asm("x" : "=a" (s), "+c" (t) : : "cc", "memory");',
    ],
    ['asm("x" : "=a" (s), CALL);', 'asm("x" : "=a" (s));'],
    [
      'asm("x" : : "a" ((typeof(b))c), "b" (min_t(u8 *, d)));',
      'asm("x" : : "a" ((long)c), "b" (min_t(u8, d)));',
    ],
    ['asm goto("1:" : : "i" (k) : : l_yes);', 'asm goto("1:" : : "i" (k) : : l_yes);'],
    ['asm_inline volatile(LOCK "x");', 'asm volatile(LOCK "x");'],
    ['alternative("", "x", [a] "r" (b));', 'alternative("", "x", (b));'],
    ['register unsigned long sp asm("rsp"); x();', 'register unsigned long sp; x();'],
  ]));

test('addresses of labels, computed goto, local labels', () =>
  examples(body, [
    ['void *t[] = { &&a, &&b }; goto *t[i]; a: b: return;', 'void *t[] = { &a, &b }; goto t; a: b: return;'],
    ['if (x && y && !z) w = &&a - &&b; a: b: ;', 'if (x && y && !z) w = &a - &b; a: b:;'],
    ['__label__ a, b; x();', '; x();'],
  ]));

test('numbers that are none', () =>
  examples(body, [
    [
      'x(16 KB, 3DNOW, 0x1fUL, 1e-3, 0b11, 0x1_A, 1.5f, 07, 1ULL);',
      'x(16, _DNOW, 0x1fUL, 1e-3, 0b11, _x1_A, 1.5f, 07, 1ULL);',
    ],
  ]));

test('what is pasted to a string', () =>
  examples(body, [
    ['pr(KERN_INFO PFX "a" FMT("b") "c");', 'pr(KERN_INFO "a" "c");'],
    ['pr(LEVEL("x") "y", "a" B "c", D "e");', 'pr("y", "a" B "c", D "e");'],
  ]));

test('macros among the members of a struct', () =>
  examples(declaration, [
    [
      'struct a { BITMAP(b, 8); FLEX(struct c, d); PADDING(); };',
      'struct a { int b; struct c d; int ING; };',
    ],
    ['struct a { struct_group(g, u8 p; u8 q;); u8 r; };', 'struct a { struct { u8 p; u8 q;}; u8 r; };'],
    ['struct a { u32 :5; u32 a:3, :2; unsigned int : 4; };', 'struct a { u32; u32 a:3; unsigned int; };'],
    ['struct a {\n\tMACRO(b)\n\tu8 c;\n};', 'struct a { int b;u8 c; };'],
  ]));

test('macros among initialisers that bring their own commas', () =>
  examples(declaration, [
    [
      'static struct a b = {\n\tMACRO(1)\n\t.x = 1, MACRO(2), COMMON\n\t.y = 2 };',
      'static struct a b = { MACRO(1),.x = 1, MACRO(2), COMMON,.y = 2 };',
    ],
  ]));

test('macros among enumerators', () =>
  examples(declaration, [['enum a { BIT(X), BIT(Y, 2), Z = BIT(3) };', 'enum a { X, Y, Z = BIT(3) };']]));

test('macros at the top level', () =>
  examples(declaration, [
    ['static DEFINE_PER_CPU(struct a, b);', 'static struct a b;'],
    ['static DEFINE_MUTEX(m);', 'DEFINE_MUTEX(m);'],
    ['DEFINE_TABLE(u8, t) = { 1 };', 'u8 t = { 1 };'],
    ['define_machine(x) {\n\t.name = 1,\n};', 'int x= { .name = 1, };'],
    ['struct { int a; } b SECTION("x");', 'struct { int a; } b;'],
    ['extern FAR struct a b;', 'extern struct a b;'],
    ['static u8 x[2] __section(".y") = { 1 };', 'static u8 x[2] = { 1 };'],
    ['extern int f(int a) NOTE(x);', 'extern int f(int a);'],
    ['struct a *f(struct b *c, u8 d);', 'struct a *f(struct b *c, u8 d);'],
    ['MODULE_LICENSE("GPL");', 'MODULE_LICENSE("GPL");'],
    ['module_init(x)', ''],
  ]));
