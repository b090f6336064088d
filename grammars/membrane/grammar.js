/**
 * The annotation language in comments of C (docs/annotations.md), for editors that highlight with tree-sitter. It reads a whole
 * comment, with its marks, as an injection gives it: what is no annotation is passed over. Wrong clauses are errors up to the
 * next ';'. What names mean, and what needs a reason, is not its business.
 *
 * grammars/update.sh makes src/ and the WebAssembly from it.
 */

/** One or more of a rule, with something between them. */
const list = (separator, rule) => seq(rule, repeat(seq(separator, rule)));

export default grammar({
  name: 'membrane',

  externals: ($) => [
    $._intro, // from the begin of the comment to the first annotation, or to the end
    $._rest, // from the end of an annotation to the next one, or to the end
    $._gutter, // the end of a line and the star of the next one, within an annotation
    '--', // so that it is never two signs
    $.reason,
    $._error, // never there: valid only while an error is being recovered from
  ],

  extras: ($) => [/[ \t\r\f\v]+/, $._gutter],

  word: ($) => $.identifier,

  rules: {
    comment: ($) => seq(optional($._intro), optional(seq(list($._rest, $.note), optional($._rest)))),

    note: ($) =>
      seq(
        field('marker', $.marker),
        list(';', optional($._clause)),
        optional(seq('--', field('reason', optional($.reason)))),
      ),

    marker: () => choice('coco:', '@membrane'),

    _clause: ($) => choice($.requires, $.effect, $.owner, $.flag, $.context, $.allow),

    requires: ($) => seq('requires', field('region', $.region), ':', $._states),

    effect: ($) =>
      seq(
        field('verb', choice('flips', 'allocs', 'frees')),
        field('region', $.region),
        ':',
        list(',', $.case),
      ),

    case: ($) => seq(list('or', $.outcome), optional(choice('otherwise', $._on))),

    owner: ($) => seq(field('verb', choice('takes', 'leaks')), field('region', $.region), optional($._on)),

    flag: ($) =>
      seq(
        'flag',
        field('negated', optional('!')),
        field('flag', $.place),
        'means',
        field('region', $.region),
        ':',
        $._states,
      ),

    context: ($) => seq('context', ':', $.entry),

    allow: ($) => seq('allow', list(',', $.rule)),

    _on: ($) => seq('on', field('on', $.class)),

    _states: ($) => list('or', $.state),

    state: () => choice('private', 'shared', 'unknown'),

    outcome: () => choice('private', 'shared', 'unknown', 'unchanged', 'freed', 'leaked'),

    class: ($) =>
      choice(
        'success',
        'error',
        '0',
        'nonzero',
        'true',
        'false',
        'NULL',
        'ERR_PTR',
        seq('-', alias(/E[A-Z0-9]+/, $.errno)),
      ),

    entry: () => choice('sleeps', 'atomic', 'any'),

    rule: () => /[a-z][a-z0-9]*(-[a-z][a-z0-9]*)*/,

    region: ($) => seq(field('place', $.place), field('extent', optional($.extent))),

    place: ($) => seq(repeat('*'), field('root', choice($.identifier, 'return')), repeat($._member)),

    _member: ($) => seq(choice('.', '->'), alias($.identifier, $.member)),

    extent: ($) => seq('[', field('amount', $.expression), field('unit', $.unit), ']'),

    unit: () => choice('pages', 'bytes'),

    expression: ($) => list(choice('*', '/', '%', '+', '-', '<<', '>>', '&', '|', '^'), $._operand),

    _operand: ($) =>
      seq(
        repeat(choice('-', '~', '*')),
        choice($.number, seq(choice($.identifier, $.call, $.parentheses), repeat($._member)), $.sizeof),
      ),

    parentheses: ($) => seq('(', $.expression, ')'),

    call: ($) => seq(field('function', $.identifier), '(', list(',', $.expression), ')'),

    sizeof: ($) => seq('sizeof', '(', choice($.type, $.expression), ')'),

    type: ($) => seq(choice('struct', 'union', 'unsigned'), repeat($.identifier), repeat('*')),

    number: () => /\d\w*/,

    identifier: () => /[A-Za-z_$]\w*/,
  },
});
