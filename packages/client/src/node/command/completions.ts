import type { Argument, Command, Option } from 'commander';

export type Shell = 'bash' | 'zsh' | 'fish';

/** A script that completes commands, flags and their choices; made from the commands themselves, so that nothing is missing. */
export function completions(program: Command, shell: Shell): string {
  const commands = program.commands.filter((command) => command.name() !== 'help');
  return { bash: bashScript, zsh: zshScript, fish: fishScript }[shell](commands);
}

/** What may stand behind an option or as an argument. */
type Operand =
  | { readonly kind: 'choices'; readonly choices: readonly string[] }
  | { readonly kind: 'file' | 'folder' | 'other' };

function operandOf(option: Option): Operand | undefined {
  if (!option.required && !option.optional) return undefined;
  if (option.argChoices !== undefined) return { kind: 'choices', choices: option.argChoices };
  const name = /<([^>]+)>/.exec(option.flags)?.[1] ?? '';
  return { kind: name === 'folder' ? 'folder' : name === 'file' ? 'file' : 'other' };
}

function argumentOf(argument: Argument): Operand {
  if (argument.argChoices !== undefined) return { kind: 'choices', choices: argument.argChoices };
  const name = argument.name();
  return { kind: name === 'folder' ? 'folder' : name === 'host:port' ? 'other' : 'file' };
}

function flagsOf(option: Option): readonly string[] {
  return [option.short, option.long].filter((flag) => flag !== undefined);
}

function namesOf(command: Command): readonly string[] {
  return [command.name(), ...command.aliases()];
}

/** As a shell chooses between them. What is no command is a torrent to be downloaded, so `download` comes last and takes the rest. */
function patternsOf(commands: readonly Command[]): readonly (readonly [pattern: string, command: Command])[] {
  const bare = commands.filter((command) => command.name() === 'download');
  const named = commands.filter((command) => !bare.includes(command));
  return [
    ...named.map((command) => [namesOf(command).join('|'), command] as const),
    ...bare.map((command) => ['*', command] as const),
  ];
}

function optionsOf(command: Command): readonly Option[] {
  return command.createHelp().visibleOptions(command);
}

function bashScript(commands: readonly Command[]): string {
  const names = commands.flatMap(namesOf).join(' ');
  const cases = patternsOf(commands).map(([pattern, command]) => {
    const values = optionsOf(command).flatMap((option) => {
      const operand = operandOf(option);
      return operand === undefined ? [] : [`      ${flagsOf(option).join('|')}) ${bashReply(operand)}; return ;;`];
    });
    const [argument] = command.registeredArguments;
    const fallback = argument === undefined ? '' : bashReply(argumentOf(argument));
    return [
      `    ${pattern})`,
      `      case "$previous" in`,
      ...values,
      '      esac',
      `      if [[ $word == -* ]]; then COMPREPLY=($(compgen -W '${optionsOf(command).flatMap(flagsOf).join(' ')}' -- "$word")); return; fi`,
      `      ${fallback === '' ? ':' : fallback} ;;`,
    ].join('\n');
  });
  return `# bash completion of unchoke: source <(unchoke completions bash)
_unchoke() {
  local word=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]}
  COMPREPLY=()
  if [[ $COMP_CWORD -eq 1 ]]; then
    COMPREPLY=($(compgen -W '${names}' -- "$word") $(compgen -f -- "$word"))
    return
  fi
  case "\${COMP_WORDS[1]}" in
${cases.join('\n')}
  esac
}
complete -o filenames -F _unchoke unchoke
`;
}

function bashReply(operand: Operand): string {
  if (operand.kind === 'choices') return `COMPREPLY=($(compgen -W '${operand.choices.join(' ')}' -- "$word"))`;
  if (operand.kind === 'other') return ':';
  return `COMPREPLY=($(compgen ${operand.kind === 'folder' ? '-d' : '-f'} -- "$word"))`;
}

function zshScript(commands: readonly Command[]): string {
  const described = commands.map(
    (command) => `    ${zshQuoted(`${command.name()}:${command.summary() || command.description()}`)}`,
  );
  const cases = patternsOf(commands).map(([pattern, command]) => {
    const lines = [
      ...optionsOf(command).map(zshOption),
      ...command.registeredArguments.map((argument, index) =>
        // A bare colon would end the name, and zsh would run what follows.
        zshQuoted(`${index + 1}:${argument.name().replaceAll(':', '\\:')}:${zshAction(argumentOf(argument))}`),
      ),
    ];
    return `    ${pattern}) _arguments -s ${lines.join(' \\\n      ')} ;;`;
  });
  return `#compdef unchoke
# zsh completion of unchoke: put it in a folder of $fpath as _unchoke, or: source <(unchoke completions zsh)
_unchoke() {
  local -a commands=(
${described.join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    _files
    return
  fi
  local command=\${words[2]}
  shift words
  (( CURRENT-- ))
  case $command in
${cases.join('\n')}
  esac
}
if [[ \${funcstack[1]} == _unchoke ]]; then _unchoke "$@"; else compdef _unchoke unchoke; fi
`;
}

function zshOption(option: Option): string {
  const flags = flagsOf(option);
  const text = `[${option.description.replace(/[[\]:]/g, (sign) => `\\${sign}`)}]`;
  const operand = operandOf(option);
  const value = operand === undefined ? '' : `:${option.attributeName()}:${zshAction(operand)}`;
  const isRepeatable = Array.isArray(option.defaultValue);
  if (flags.length === 1) return zshQuoted(`${isRepeatable ? '*' : ''}${flags[0]}${text}${value}`);
  const others = isRepeatable ? '*' : `(${flags.join(' ')})`;
  return `${zshQuoted(others)}{${flags.join(',')}}${zshQuoted(`${text}${value}`)}`;
}

function zshAction(operand: Operand): string {
  if (operand.kind === 'choices') return `(${operand.choices.join(' ')})`;
  if (operand.kind === 'other') return ' ';
  return operand.kind === 'folder' ? '_files -/' : '_files';
}

function zshQuoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function fishScript(commands: readonly Command[]): string {
  const lines = ['# fish completion of unchoke: unchoke completions fish | source'];
  const names = commands.flatMap(namesOf).join(' ');
  for (const command of commands) {
    const text = fishQuoted(command.summary() || command.description());
    lines.push(`complete -c unchoke -n __fish_use_subcommand -a ${command.name()} -d ${text}`);
    const when = `-n ${fishQuoted(`__fish_seen_subcommand_from ${namesOf(command).join(' ')}`)}`;
    for (const option of optionsOf(command)) lines.push(`complete -c unchoke ${when} ${fishOption(option)}`);
    const [argument] = command.registeredArguments;
    if (argument?.argChoices !== undefined)
      lines.push(`complete -c unchoke ${when} -f -a ${fishQuoted(argument.argChoices.join(' '))}`);
  }
  lines.push(`complete -c unchoke -n ${fishQuoted(`not __fish_seen_subcommand_from ${names}`)} -F`);
  return `${lines.join('\n')}\n`;
}

function fishOption(option: Option): string {
  const short = option.short === undefined ? '' : `-s ${option.short.slice(1)} `;
  const long = option.long === undefined ? '' : `-l ${option.long.slice(2)} `;
  return `${short}${long}${fishValue(operandOf(option))}-d ${fishQuoted(option.description)}`;
}

function fishValue(operand: Operand | undefined): string {
  if (operand === undefined) return '';
  if (operand.kind === 'choices') return `-x -a ${fishQuoted(operand.choices.join(' '))} `;
  if (operand.kind === 'other') return '-x ';
  return operand.kind === 'folder' ? `-x -a '(__fish_complete_directories)' ` : '-r -F ';
}

function fishQuoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
