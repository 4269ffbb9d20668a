/** How models write calls when nobody parses them: Hermes, Llama, Mistral, Qwen, DeepSeek, plain JSON. */
const tags =
  /<\/?tool_call>|<function=\w+|\[TOOL_CALLS\]|<\|python_tag\|>|<[|｜]tool[_▁]calls?[_▁]begin[|｜]>|<invoke name=|```tool_(?:code|call)/i
const json =
  /\{\s*"(?:name|tool|function|tool_name)"\s*:\s*"([\w./-]+)"\s*,\s*"(?:arguments|parameters|input|args)"\s*:/g

/** Whether a text looks like a call of a tool. It is never run: calls only come through the channel for calls. */
export function looksLikeCall(text: string, isTool: (name: string) => boolean): boolean {
  if (tags.test(text)) return true
  return [...text.matchAll(json)].some(([, name = '']) => isTool(name))
}
