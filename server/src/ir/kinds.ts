import type { Grammar } from '../syntax/types.ts';
import { ERROR_TYPE } from '../syntax/types.ts';

/** The node types that lowering tells apart; everything else is `other`. */
export enum Kind {
  other,
  error,
  comment,
  // expressions
  identifier,
  number,
  char,
  string,
  concatenated,
  true,
  false,
  null,
  parenthesized,
  call,
  assignment,
  update,
  binary,
  unary,
  conditional,
  cast,
  comma,
  pointer,
  field,
  subscript,
  sizeof,
  alignof,
  offsetof,
  generic,
  compoundLiteral,
  initializerList,
  initializerPair,
  asm,
  extension,
  typeDescriptor,
  argumentList,
  fieldDesignator,
  subscriptDesignator,
  subscriptRange,
  // statements
  compound,
  expressionStatement,
  declaration,
  if,
  elseClause,
  while,
  for,
  do,
  switch,
  case,
  labeled,
  goto,
  return,
  break,
  continue,
  attributed,
  typeDefinition,
  functionDefinition,
  preproc,
  preprocLine,
  // declarators and types
  initDeclarator,
  functionDeclarator,
  pointerDeclarator,
  parenthesizedDeclarator,
  arrayDeclarator,
  attributedDeclarator,
  parameterList,
  parameter,
  variadic,
  storageClass,
  typeQualifier,
  attributeSpecifier,
  struct,
  union,
  enum,
  typeIdentifier,
  primitiveType,
  sizedType,
  macroType,
  fieldIdentifier,
  fieldDeclarationList,
  fieldDeclaration,
  bitfield,
  enumeratorList,
  enumerator,
  outputList,
  outputOperand,
  gotoList,
}

const NAMES: readonly (readonly [string, Kind])[] = [
  ['comment', Kind.comment],
  ['identifier', Kind.identifier],
  ['number_literal', Kind.number],
  ['char_literal', Kind.char],
  ['string_literal', Kind.string],
  ['concatenated_string', Kind.concatenated],
  ['true', Kind.true],
  ['false', Kind.false],
  ['null', Kind.null],
  ['parenthesized_expression', Kind.parenthesized],
  ['call_expression', Kind.call],
  ['assignment_expression', Kind.assignment],
  ['update_expression', Kind.update],
  ['binary_expression', Kind.binary],
  ['unary_expression', Kind.unary],
  ['conditional_expression', Kind.conditional],
  ['cast_expression', Kind.cast],
  ['comma_expression', Kind.comma],
  ['pointer_expression', Kind.pointer],
  ['field_expression', Kind.field],
  ['subscript_expression', Kind.subscript],
  ['sizeof_expression', Kind.sizeof],
  ['alignof_expression', Kind.alignof],
  ['offsetof_expression', Kind.offsetof],
  ['generic_expression', Kind.generic],
  ['compound_literal_expression', Kind.compoundLiteral],
  ['initializer_list', Kind.initializerList],
  ['initializer_pair', Kind.initializerPair],
  ['gnu_asm_expression', Kind.asm],
  ['extension_expression', Kind.extension],
  ['type_descriptor', Kind.typeDescriptor],
  ['argument_list', Kind.argumentList],
  ['field_designator', Kind.fieldDesignator],
  ['subscript_designator', Kind.subscriptDesignator],
  ['subscript_range_designator', Kind.subscriptRange],
  ['compound_statement', Kind.compound],
  ['expression_statement', Kind.expressionStatement],
  ['declaration', Kind.declaration],
  ['if_statement', Kind.if],
  ['else_clause', Kind.elseClause],
  ['while_statement', Kind.while],
  ['for_statement', Kind.for],
  ['do_statement', Kind.do],
  ['switch_statement', Kind.switch],
  ['case_statement', Kind.case],
  ['labeled_statement', Kind.labeled],
  ['goto_statement', Kind.goto],
  ['return_statement', Kind.return],
  ['break_statement', Kind.break],
  ['continue_statement', Kind.continue],
  ['attributed_statement', Kind.attributed],
  ['type_definition', Kind.typeDefinition],
  ['function_definition', Kind.functionDefinition],
  ['preproc_if', Kind.preproc],
  ['preproc_ifdef', Kind.preproc],
  ['preproc_else', Kind.preproc],
  ['preproc_elif', Kind.preproc],
  ['preproc_elifdef', Kind.preproc],
  ['preproc_def', Kind.preprocLine],
  ['preproc_function_def', Kind.preprocLine],
  ['preproc_call', Kind.preprocLine],
  ['preproc_include', Kind.preprocLine],
  ['init_declarator', Kind.initDeclarator],
  ['function_declarator', Kind.functionDeclarator],
  ['abstract_function_declarator', Kind.functionDeclarator],
  ['pointer_declarator', Kind.pointerDeclarator],
  ['abstract_pointer_declarator', Kind.pointerDeclarator],
  ['parenthesized_declarator', Kind.parenthesizedDeclarator],
  ['abstract_parenthesized_declarator', Kind.parenthesizedDeclarator],
  ['array_declarator', Kind.arrayDeclarator],
  ['abstract_array_declarator', Kind.arrayDeclarator],
  ['attributed_declarator', Kind.attributedDeclarator],
  ['parameter_list', Kind.parameterList],
  ['parameter_declaration', Kind.parameter],
  ['variadic_parameter', Kind.variadic],
  ['storage_class_specifier', Kind.storageClass],
  ['type_qualifier', Kind.typeQualifier],
  ['attribute_specifier', Kind.attributeSpecifier],
  ['attribute_declaration', Kind.attributeSpecifier],
  ['struct_specifier', Kind.struct],
  ['union_specifier', Kind.union],
  ['enum_specifier', Kind.enum],
  ['type_identifier', Kind.typeIdentifier],
  ['primitive_type', Kind.primitiveType],
  ['sized_type_specifier', Kind.sizedType],
  ['macro_type_specifier', Kind.macroType],
  ['field_identifier', Kind.fieldIdentifier],
  ['field_declaration_list', Kind.fieldDeclarationList],
  ['field_declaration', Kind.fieldDeclaration],
  ['bitfield_clause', Kind.bitfield],
  ['enumerator_list', Kind.enumeratorList],
  ['enumerator', Kind.enumerator],
  ['gnu_asm_output_operand_list', Kind.outputList],
  ['gnu_asm_output_operand', Kind.outputOperand],
  ['gnu_asm_goto_list', Kind.gotoList],
];

/** What stands before the declarators: `const struct page` of `const struct page *p, q`. */
export interface BaseType {
  readonly text: string;
  readonly tag: string | null;
  readonly unsigned: boolean;
  readonly bool: boolean;
}

/** A grammar's ids as lowering wants them. */
export interface Vocabulary {
  /** {@link Kind} by node type id. */
  readonly kindOf: Uint8Array;
  /** Operator text by node type id, `''` for what is no operator. */
  readonly operatorOf: readonly string[];
  readonly f: FieldIds;
  /** What {@link baseType} made of a text; the same few types stand everywhere. */
  readonly types: Map<string, BaseType>;
}

/** Ids of the fields that lowering reads. */
export interface FieldIds {
  readonly declarator: number;
  readonly body: number;
  readonly condition: number;
  readonly consequence: number;
  readonly alternative: number;
  readonly initializer: number;
  readonly update: number;
  readonly value: number;
  readonly label: number;
  readonly left: number;
  readonly right: number;
  readonly operator: number;
  readonly argument: number;
  readonly arguments: number;
  readonly function: number;
  readonly field: number;
  readonly index: number;
  readonly type: number;
  readonly name: number;
  readonly size: number;
  readonly designator: number;
  readonly member: number;
  readonly parameters: number;
}

const OPERATORS = [
  ...['+', '-', '*', '/', '%', '<<', '>>', '&', '|', '^', '==', '!=', '<', '<=', '>', '>=', '&&', '||'],
  ...['!', '~', '++', '--', '->', '.'],
  ...['=', '+=', '-=', '*=', '/=', '%=', '<<=', '>>=', '&=', '|=', '^='],
];

const known = new WeakMap<Grammar, Vocabulary>();

/** The ids of `grammar`, looked up once a grammar. */
export function vocabularyOf(grammar: Grammar): Vocabulary {
  const seen = known.get(grammar);
  if (seen) return seen;
  const kindOf = new Uint8Array(ERROR_TYPE + 1);
  for (const [name, kind] of NAMES) {
    const id = grammar.typeId(name, true);
    if (id !== 0) kindOf[id] = kind;
  }
  kindOf[ERROR_TYPE] = Kind.error;
  const operatorOf: string[] = new Array<string>(ERROR_TYPE + 1).fill('');
  for (const text of OPERATORS) {
    const id = grammar.typeId(text, false);
    if (id !== 0) operatorOf[id] = text;
  }
  const id = (name: string): number => grammar.fieldId(name) || 255;
  const f: FieldIds = {
    declarator: id('declarator'),
    body: id('body'),
    condition: id('condition'),
    consequence: id('consequence'),
    alternative: id('alternative'),
    initializer: id('initializer'),
    update: id('update'),
    value: id('value'),
    label: id('label'),
    left: id('left'),
    right: id('right'),
    operator: id('operator'),
    argument: id('argument'),
    arguments: id('arguments'),
    function: id('function'),
    field: id('field'),
    index: id('index'),
    type: id('type'),
    name: id('name'),
    size: id('size'),
    designator: id('designator'),
    member: id('member'),
    parameters: id('parameters'),
  };
  const made = { kindOf, operatorOf, f, types: new Map<string, BaseType>() };
  known.set(grammar, made);
  return made;
}
