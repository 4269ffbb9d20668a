import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Printable stand-ins for all bytes, as byte-level tokenizers write them: 33–126, 161–172, 174–255, the rest from 256 on. */
function byteLetters(): string[] {
  const plain = (byte: number) => (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174
  let next = 256
  return Array.from({ length: 256 }, (_, byte) => String.fromCodePoint(plain(byte) ? byte : next++))
}

/** As many as an engine that makes tokens up may name. */
const words = 32_000

/**
 * A model's folder without weights, of our own making: a tokenizer of all bytes and made-up words, a small architecture, a template for
 * conversations. Enough for whatever only tokenizes and plays an engine. Answers the folder.
 */
export function writeTinyModel(folder: string): string {
  const tokens = [...byteLetters(), ...Array.from({ length: words }, (_, index) => `Ġw${index}`)]
  const special = ['<|begin|>', '<|end|>']
  const id = (token: string) => tokens.length + special.indexOf(token)
  const files: Record<string, object> = {
    'tokenizer.json': {
      version: '1.0',
      truncation: null,
      padding: null,
      added_tokens: special.map((content) => ({
        id: id(content),
        content,
        single_word: false,
        lstrip: false,
        rstrip: false,
        normalized: false,
        special: true,
      })),
      normalizer: null,
      pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
      post_processor: null,
      decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
      model: {
        type: 'BPE',
        dropout: null,
        unk_token: null,
        continuing_subword_prefix: null,
        end_of_word_suffix: null,
        fuse_unk: false,
        byte_fallback: false,
        ignore_merges: false,
        vocab: Object.fromEntries([...tokens, ...special].map((token, index) => [token, index])),
        merges: [],
      },
    },
    'config.json': {
      architectures: ['LlamaForCausalLM'],
      model_type: 'llama',
      vocab_size: tokens.length + special.length,
      hidden_size: 64,
      intermediate_size: 128,
      num_hidden_layers: 2,
      num_attention_heads: 4,
      num_key_value_heads: 2,
      head_dim: 16,
      max_position_embeddings: 32_768,
      bos_token_id: id('<|begin|>'),
      eos_token_id: id('<|end|>'),
      rms_norm_eps: 1e-5,
      rope_theta: 10_000,
      torch_dtype: 'bfloat16',
      tie_word_embeddings: true,
    },
    'generation_config.json': { bos_token_id: id('<|begin|>'), eos_token_id: id('<|end|>') },
    'tokenizer_config.json': {
      tokenizer_class: 'PreTrainedTokenizerFast',
      bos_token: '<|begin|>',
      eos_token: '<|end|>',
      model_max_length: 32_768,
      chat_template:
        "{% for m in messages %}<|begin|>{{ m['role'] }}: {{ m['content'] }}<|end|>{% endfor %}<|begin|>assistant: ",
    },
  }
  mkdirSync(folder, { recursive: true })
  for (const [name, value] of Object.entries(files)) writeFileSync(join(folder, name), JSON.stringify(value))
  return folder
}
