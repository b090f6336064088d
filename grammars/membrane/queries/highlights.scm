; Each node has one capture: editors differ in which of two wins.

(marker) @keyword.directive

["requires" "flips" "allocs" "frees" "takes" "leaks" "flag" "context" "allow"] @keyword
["on" "or" "otherwise" "means"] @keyword.operator

[(state) (outcome)] @constant.builtin.state
(class) @constant.builtin.result
(entry) @constant.builtin.context
(unit) @attribute

(place root: (identifier) @variable)
(place root: "return" @variable.builtin)
(member) @variable.member
(expression (identifier) @variable)
(expression ["*" "/" "%" "+" "-" "<<" ">>" "&" "|" "^" "~"] @operator)
(call function: (identifier) @function.call)
"sizeof" @function.builtin
(type) @type
(number) @number

(rule) @label
(reason) @comment

["[" "]" "(" ")"] @punctuation.bracket
[";" "," ":" "." "->" "--"] @punctuation.delimiter
