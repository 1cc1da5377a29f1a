/* Splits a command line as a shell does (POSIX.1-2017 XCU 2.2), without expansions. */
#include <stdlib.h>
#include <string.h>

#include "card/middle_impl.h"

struct splitter {
	const char *at;
	struct vsc_out word;
	bool quoted; /* the word had quotes: it counts even if it is empty */
};

/* Inside quotes: up to the closing one. In double quotes a backslash protects " \ $ and `. */
static int
take_quoted(struct splitter *s)
{
	const char quote = *s->at++;

	s->quoted = true;
	for (; *s->at != quote; s->at++) {
		if (*s->at == '\0')
			return VSC_E_FORMAT;
		if (quote == '"' && *s->at == '\\' && s->at[1] != '\0' &&
		    strchr("\"\\$`", s->at[1]) != NULL)
			s->at++;
		vsc_out_u8(&s->word, (uint8_t)*s->at);
	}
	s->at++;
	return 0;
}

/* One word; 1, or 0 at the end. */
static int
take_word(struct splitter *s)
{
	s->word.len = 0;
	s->quoted = false;
	s->at += strspn(s->at, " \t\n");
	while (*s->at != '\0' && strchr(" \t\n", *s->at) == NULL) {
		if (*s->at == '\'' || *s->at == '"') {
			if (take_quoted(s) < 0)
				return VSC_E_FORMAT;
			continue;
		}
		if (*s->at == '\\' && s->at[1] != '\0')
			s->at++;
		vsc_out_u8(&s->word, (uint8_t)*s->at++);
	}
	return s->word.len > 0 || s->quoted;
}

int
vsc_words_split(char ***words, const char *text)
{
	const size_t room = strlen(text) + 1;
	char **list = calloc(room / 2 + 2, sizeof(*list));
	char *buf = malloc(room);
	struct splitter s = { .at = text, .word = vsc_out_from(buf, room) };
	size_t count = 0;
	int state = VSC_E_NOMEM;

	*words = NULL;
	if (list == NULL || buf == NULL)
		goto done;
	while ((state = take_word(&s)) > 0)
		if ((list[count++] = strndup(buf, s.word.len)) == NULL) {
			state = VSC_E_NOMEM;
			break;
		}
	if (state == 0 && count == 0)
		state = VSC_E_FORMAT;
done:
	free(buf);
	if (state < 0) {
		vsc_words_free(list);
		return state;
	}
	*words = list;
	return 0;
}

void
vsc_words_free(char **words)
{
	for (char **word = words; word != NULL && *word != NULL; word++)
		free(*word);
	free(words);
}
