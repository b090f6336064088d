// The TextMate grammars of syntaxes/, from the server's own tables. `npm run manifest` writes them, a test compares.

/** Scopes of what an annotation is made of. */
const scope = {
  marker: 'storage.type.annotation.membrane',
  clause: 'keyword.other.clause.membrane',
  glue: 'keyword.operator.word.membrane',
  state: 'constant.language.state.membrane',
  class: 'constant.language.result.membrane',
  entry: 'constant.language.context.membrane',
  unit: 'keyword.other.unit.membrane',
  function: 'support.function.membrane',
  type: 'storage.type.membrane',
  name: 'variable.other.membrane',
  result: 'variable.language.membrane',
  rule: 'entity.name.tag.rule.membrane',
  number: 'constant.numeric.membrane',
  operator: 'keyword.operator.membrane',
  gutter: 'punctuation.definition.comment.gutter.membrane',
};

const name = String.raw`[A-Za-z_$]\w*`;
const anyOf = (words) => `(?:${[...words].sort((a, b) => b.length - a.length).join('|')})`;
const word = (words) => String.raw`\b${anyOf(words)}\b`;
const captures = (...names) => Object.fromEntries(names.map((name, i) => [i + 1, { name }]));

/**
 * Highlights annotations in comments. Rules nest as clauses do, so that a word is coloured only where it is a word of the
 * language; a clause that is not understood is left as it is up to its ';'. `words` are the lists of
 * server/src/annotations/vocabulary.ts, without what they mean.
 */
export function annotationGrammar(words) {
  const marker = anyOf(words.markers.map((one) => (/\w$/.test(one) ? String.raw`${one}\b` : one)));
  // At the end of the comment, at an empty line, at the next annotation.
  const over = String.raw`(?=\*/)|^(?=\s*(?:\*(?!/)\s*)?(?:$|${marker}))`;
  const done = `(?=;|--)|${over}`;
  /** From `begin` to the end of its clause, over lines. */
  const rule = (begin, names, patterns, end = done) => ({
    begin,
    beginCaptures: captures(...names),
    end,
    patterns: [{ include: '#gutter' }, ...patterns],
  });
  const match = (match, name) => ({ match, name });
  const on = rule(
    String.raw`\b(on)\b`,
    [scope.glue],
    [match(String.raw`-\s*E[A-Z0-9]+\b|${word(words.classes)}`, scope.class)],
    `(?=,)|${done}`,
  );
  const becomes = (states) =>
    rule(':', [], [match(word(states), scope.state), match(word(['or', 'otherwise']), scope.glue), on]);
  const member = { match: String.raw`(?:\.|->)\s*(${name})`, captures: captures(scope.name) };
  const region = (...then) =>
    rule(
      String.raw`(return)\b|(${name})`,
      [scope.result, scope.name],
      [member, { include: '#extent' }, ...then],
    );
  const clause = (begins, ...patterns) =>
    rule(String.raw`\b(${anyOf(begins)})\b(?!-)`, [scope.clause], patterns);
  const states = becomes(words.states);
  const note = (begin) => ({
    name: 'meta.annotation.membrane',
    ...rule(begin, [scope.marker], [{ include: '#reason' }, { include: '#clause' }], over),
  });
  return {
    scopeName: 'membrane.annotations',
    injectionSelector: 'L:comment',
    patterns: [
      note(String.raw`(?<=/\*|/\*\*)\s*(${marker})`),
      note(String.raw`^\s*(?:\*(?!/)\s*)?(${marker})`),
      // A capture ends what it holds: an annotation behind // is over with its line.
      {
        match: String.raw`(?<=//)\s*(${marker}.*)`,
        captures: { 1: { patterns: [note(`(${marker})`)] } },
      },
    ],
    repository: {
      gutter: match(String.raw`^\s*\*(?!/)`, scope.gutter),
      reason: { ...rule('--', [], [], over), contentName: 'meta.reason.membrane' },
      clause: {
        patterns: [
          clause(['requires'], region(states)),
          clause(['flips', 'allocs', 'frees'], region(becomes(words.outcomes))),
          clause(['takes', 'leaks'], region(on)),
          clause(['flag'], region(rule(String.raw`\b(means)\b`, [scope.glue], [region(states)]))),
          clause(['context'], match(word(words.contexts), scope.entry)),
          clause(['allow'], match(String.raw`\b[a-z][a-z0-9]*(?:-[a-z][a-z0-9]*)*\b`, scope.rule)),
          { begin: String.raw`[^\s;]`, end: done },
        ],
      },
      extent: rule(String.raw`\[`, [], [{ include: '#expression' }], String.raw`\]|${done}`),
      expression: {
        patterns: [
          { include: '#gutter' },
          // What follows an operand is its unit, if it is no operator.
          rule(
            String.raw`(\d\w*)|(${name})(?=\s*\()|(${name})|(?=\()`,
            [scope.number, scope.function, scope.name],
            [member, { include: '#parentheses' }, match(word(words.units), scope.unit)],
            String.raw`(?=-(?!>)|[+/%<>&|^~,)\]])|(?!^)(?=\*)|${done}`,
          ),
          match('<<|>>|[-+*/%&|^~]', scope.operator),
        ],
      },
      parentheses: rule(
        String.raw`\(`,
        [],
        [
          {
            name: scope.type,
            ...rule(word(['struct', 'union', 'unsigned']), [], [], String.raw`(?=\))|(?!^)(?=\*)|${done}`),
          },
          { include: '#expression' },
        ],
        String.raw`\)|${done}`,
      ),
    },
  };
}

/**
 * Highlights calls of `names` in bodies of functions, in initialisers and in macros. Prototypes and definitions are left to
 * the grammar of C: it takes name and parameters together.
 */
export function transitionGrammar(names) {
  const within = ['meta.block', 'meta.body.function', 'meta.preprocessor.macro'];
  return {
    scopeName: 'membrane.transitions',
    injectionSelector: within.map((one) => `L:${one} -comment -string`).join(', '),
    patterns: [
      {
        // With the blanks before it: C++ begins a call there.
        match: String.raw`\s*${word(names).replace('(?:', '(')}`,
        captures: captures('support.function.transition.membrane'),
      },
    ],
    repository: {},
  };
}

/** Path in the repository and content of every grammar. `annotations` is vocabulary.ts and the markers, `names` those of transitions. */
export function syntaxes(annotations, names) {
  const { markers, classWords, stateWords, outcomeWords, contextWords, unitWords, wordsOf } = annotations;
  const words = {
    markers,
    classes: wordsOf(classWords),
    states: wordsOf(stateWords),
    outcomes: wordsOf(outcomeWords),
    contexts: wordsOf(contextWords),
    units: wordsOf(unitWords),
  };
  return [
    ['syntaxes/annotations.tmLanguage.json', annotationGrammar(words)],
    ['syntaxes/transitions.tmLanguage.json', transitionGrammar(names)],
  ];
}
