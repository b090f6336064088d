/*
 * What the grammar of annotations cannot say: where they begin and end in a
 * comment. One begins with its marker at the begin of the comment or of one of
 * its lines. It ends at an empty line, at the next one, or with the comment.
 */
#include "tree_sitter/parser.h"

enum token { INTRO, REST, GUTTER, DASHES, REASON, ERROR };

/* What stands at the begin of a line's text. BEGUN: the first letters of a marker, and no more; they were read. */
enum text { MARKER, BEGUN, OTHER, NOTHING };

static bool is_blank(int32_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v';
}

static bool is_word(int32_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static void next(TSLexer *lexer)
{
	lexer->advance(lexer, false);
}

static void blanks(TSLexer *lexer)
{
	while (is_blank(lexer->lookahead))
		next(lexer);
}

static enum text text_here(TSLexer *lexer)
{
	const char *marker = lexer->lookahead == '@' ? "@membrane" : "coco:";
	const char *at = marker;

	if (lexer->eof(lexer) || lexer->lookahead == '\n')
		return NOTHING;
	for (; *at; at++) {
		if (lexer->lookahead != *at)
			return at == marker ? OTHER : BEGUN;
		next(lexer);
	}
	return *marker == '@' && is_word(lexer->lookahead) ? BEGUN : MARKER;
}

/* From the end of a line over the frame of the next one. False: the comment ends there. */
static bool next_line(TSLexer *lexer)
{
	next(lexer);
	blanks(lexer);
	if (lexer->lookahead != '*')
		return true;
	next(lexer);
	if (lexer->lookahead == '/')
		return false;
	blanks(lexer);
	return true;
}

/* From within a line to the next marker that begins an annotation, or to the end. */
static void pass_over(TSLexer *lexer)
{
	for (;;) {
		while (!lexer->eof(lexer) && lexer->lookahead != '\n')
			next(lexer);
		lexer->mark_end(lexer);
		if (lexer->eof(lexer) || !next_line(lexer))
			break;
		lexer->mark_end(lexer);
		if (text_here(lexer) == MARKER)
			return;
	}
	while (!lexer->eof(lexer))
		next(lexer);
	lexer->mark_end(lexer);
}

static bool intro(TSLexer *lexer)
{
	bool any = false;

	lexer->result_symbol = INTRO;
	if (lexer->lookahead == '/') {
		any = true;
		next(lexer);
		if (lexer->lookahead == '/')
			next(lexer);
		while (lexer->lookahead == '*')
			next(lexer);
	}
	for (; is_blank(lexer->lookahead); any = true)
		next(lexer);
	lexer->mark_end(lexer);
	if (text_here(lexer) == MARKER)
		return any;
	any |= !lexer->eof(lexer);
	pass_over(lexer);
	return any;
}

/* The reason ends before the blanks at its end. `any`: its first letter was read. */
static bool reason(TSLexer *lexer, bool any)
{
	lexer->result_symbol = REASON;
	if (any)
		lexer->mark_end(lexer);
	while (!lexer->eof(lexer)) {
		enum text text;

		if (lexer->lookahead == '*') {
			next(lexer);
			if (lexer->lookahead == '/')
				break;
		} else if (lexer->lookahead == '\n') {
			if (!next_line(lexer))
				break;
			text = text_here(lexer);
			if (text == MARKER || text == NOTHING)
				break;
			if (text == OTHER)
				continue;
		} else if (is_blank(lexer->lookahead)) {
			blanks(lexer);
			continue;
		} else {
			next(lexer);
		}
		lexer->mark_end(lexer);
		any = true;
	}
	return any;
}

/* The end of a line within an annotation, or the end of the annotation. */
static bool line_end(TSLexer *lexer, const bool *valid)
{
	enum text text = NOTHING;

	if (next_line(lexer)) {
		lexer->mark_end(lexer);
		text = text_here(lexer);
	}
	if (text == BEGUN || text == OTHER) {
		lexer->result_symbol = GUTTER;
		return valid[GUTTER];
	}
	lexer->result_symbol = REST;
	if (valid[REST] && text == NOTHING)
		pass_over(lexer);
	return valid[REST];
}

void *tree_sitter_membrane_external_scanner_create(void)
{
	return NULL;
}

void tree_sitter_membrane_external_scanner_destroy(void *payload)
{
}

unsigned tree_sitter_membrane_external_scanner_serialize(void *payload, char *buffer)
{
	return 0;
}

void tree_sitter_membrane_external_scanner_deserialize(void *payload, const char *buffer, unsigned length)
{
}

bool tree_sitter_membrane_external_scanner_scan(void *payload, TSLexer *lexer, const bool *valid)
{
	if (valid[INTRO] && !valid[ERROR])
		return intro(lexer);
	while (is_blank(lexer->lookahead))
		lexer->advance(lexer, true);
	if (lexer->lookahead == '\n')
		return line_end(lexer, valid);
	const int32_t first = lexer->lookahead;
	const bool in_reason = valid[REASON] && !valid[ERROR];
	const bool is_sign = first == '*' || first == '-';
	if (is_sign)
		next(lexer);
	if (first == '*' && lexer->lookahead == '/' && valid[REST]) {
		lexer->result_symbol = REST;
		pass_over(lexer);
		return true;
	}
	if (first == '-' && lexer->lookahead == '-' && !in_reason) {
		lexer->result_symbol = DASHES;
		next(lexer);
		lexer->mark_end(lexer);
		return true;
	}
	return in_reason && reason(lexer, is_sign);
}
