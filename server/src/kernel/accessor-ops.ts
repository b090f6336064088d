/**
 * Reads a pointer to a structure that embeds or refers to what is given: `container_of(p, T, m)`, `this_cpu_ptr(p)`, `per_cpu_ptr(p, i)`.
 * `*-var`: the element itself, not its address (`per_cpu(v, i)`). `take`: yields a variable and leaves NULL in it (`no_free_ptr`).
 * `exchange`: yields what was there and stores `value` (`xchg(&p, v)`). `read-through`, `write-through`: like `*-once`, by address.
 * `bit-*`: a bit by its number, of words at the address `index`. `count-*`: a counter by its address.
 */
export type AccessorOp =
  | 'container-of'
  | 'this-cpu'
  | 'per-cpu'
  | 'read-once'
  | 'write-once'
  | 'rcu-dereference'
  | 'drvdata-get'
  | 'drvdata-set'
  | 'address-of'
  | 'per-cpu-var'
  | 'this-cpu-var'
  | 'this-cpu-read'
  | 'this-cpu-write'
  | 'read-through'
  | 'write-through'
  | 'take'
  | 'exchange'
  | 'bit-set'
  | 'bit-clear'
  | 'bit-assign'
  | 'bit-test'
  | 'bit-test-set'
  | 'bit-test-clear'
  | 'count-up'
  | 'count-down';
