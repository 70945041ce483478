/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * How the operations of values are written: C's operators, and how much they bind.
 */
#include "operators.h"

const struct operator operators[MDESC_X_CONFIG + 1] = {
	[MDESC_X_LOR] = { "||", 2 }, [MDESC_X_LAND] = { "&&", 3 }, [MDESC_X_OR] = { "|", 4 },
	[MDESC_X_XOR] = { "^", 5 }, [MDESC_X_AND] = { "&", 6 }, [MDESC_X_EQ] = { "==", 7 },
	[MDESC_X_NE] = { "!=", 7 }, [MDESC_X_LT] = { "<", 8 }, [MDESC_X_SLT] = { "<", 8 },
	[MDESC_X_LE] = { "<=", 8 }, [MDESC_X_SLE] = { "<=", 8 }, [MDESC_X_GT] = { ">", 8 },
	[MDESC_X_SGT] = { ">", 8 }, [MDESC_X_GE] = { ">=", 8 }, [MDESC_X_SGE] = { ">=", 8 },
	[MDESC_X_SHL] = { "<<", 9 }, [MDESC_X_SHR] = { ">>", 9 }, [MDESC_X_SSHR] = { ">>", 9 },
	[MDESC_X_ADD] = { "+", 10 }, [MDESC_X_SUB] = { "-", 10 }, [MDESC_X_MUL] = { "*", 11 },
	[MDESC_X_DIV] = { "/", 11 }, [MDESC_X_SDIV] = { "/", 11 }, [MDESC_X_MOD] = { "%", 11 },
	[MDESC_X_SMOD] = { "%", 11 }, [MDESC_X_NEG] = { "-", LEVEL_UNARY }, [MDESC_X_NOT] = { "!", LEVEL_UNARY },
	[MDESC_X_COM] = { "~", LEVEL_UNARY }, [MDESC_X_COND] = { "?", LEVEL_COND },
};
