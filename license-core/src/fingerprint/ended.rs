//! How programs ended, in place of a value. All functions take upper-case text.

/// How a program ended, or whether something went well: `exit status 1`, `exited with code 137`, `errno=2`, `status=ok`,
/// `Fehler 1603`, `0x80070005`.
pub(super) fn is_exit(value: &str) -> bool {
    /// Each tells alone.
    const ENDS: [&str; 14] = [
        "EXITCODE",
        "EXITSTATUS",
        "ERRORLEVEL",
        "LASTEXITCODE",
        "ERRNO",
        "RETURNCODE",
        "RETCODE",
        "HRESULT",
        "ERRORCODE",
        "FEHLERCODE",
        "EXITED",
        "STRERROR",
        "OSERROR",
        "NTSTATUS",
    ];
    /// Each tells with a number, or with another word.
    const STATES: [&str; 25] = [
        "ERROR",
        "ERRORS",
        "FEHLER",
        "ERREUR",
        "ERRORE",
        "ERRO",
        "HATA",
        "BLAD",
        "BŁĄD",
        "VIRHE",
        "FEL",
        "ОШИБКА",
        "ПОМИЛКА",
        "错误",
        "錯誤",
        "エラー",
        "오류",
        "STATUS",
        "RESULT",
        "RC",
        "CODE",
        "OK",
        "SUCCESS",
        "FAILED",
        "FAILURE",
    ];
    /// Each tells with another word.
    const WORDS: [&str; 21] = [
        "EXIT",
        "RETURN",
        "RETURNED",
        "RETURNS",
        "SIGNAL",
        "KILLED",
        "TERMINATED",
        "ABORTED",
        "PROCESS",
        "PROGRAM",
        "COMMAND",
        "FINISHED",
        "TRUE",
        "FALSE",
        "STATE",
        "READY",
        "DONE",
        "WIN32",
        "OS",
        "ERREURS",
        "SIGKILL",
    ];
    const BESIDE: [&str; 16] = [
        "WITH",
        "VALUE",
        "NON",
        "ZERO",
        "NONZERO",
        "BY",
        "THE",
        "D",
        "A",
        "IS",
        "WAS",
        "NOT",
        "AN",
        "ON",
        "LAST",
        "COMPLETED",
    ];
    // Windows' own numbers: a failure of its systems, of COM, of the kernel.
    let is_result = |word: &str| {
        let digits = word.strip_prefix("0X").filter(|digits| digits.len() == 8);
        digits.is_some_and(|digits| {
            ["8007", "8004", "8001", "C000"].iter().any(|start| digits.starts_with(start))
        })
    };
    let is_number =
        |word: &str| (word.len() <= 4 && word.bytes().all(|b| b.is_ascii_digit())) || is_result(word);
    let mut words = value.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let (mut ends, mut states, mut others, mut numbers, mut results) = (0, 0, 0, 0, 0);
    for word in words.by_ref().take(MOST_WORDS) {
        let count = if ENDS.contains(&word) {
            &mut ends
        } else if STATES.contains(&word) {
            &mut states
        } else if WORDS.contains(&word) {
            &mut others
        } else if is_result(word) {
            &mut results
        } else if is_number(word) {
            &mut numbers
        } else if BESIDE.contains(&word) {
            continue;
        } else {
            return false;
        };
        *count += 1;
    }
    // `exit-7` may stand at an exit, and `error-7` is somebody's as well: a name has neither space nor sign.
    let is_said = value.contains([' ', '=', ':']);
    words.next().is_none()
        && (ends > 0
            || results > 0
            || (states + others > 1 && (numbers == 0 || is_said))
            || (states > 0 && numbers > 0 && is_said))
}

/// Most words of what a program says when it ends.
const MOST_WORDS: usize = 12;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_a_program_ended_is_no_name_and_an_exit_is() {
        for text in [
            "EXIT STATUS 1",
            "EXITED WITH CODE 137",
            "ERRNO=2",
            "STATUS=OK",
            "0X80070005",
            "FEHLER 1603",
            "200 OK",
        ] {
            assert!(is_exit(text), "{text}");
        }
        for text in [
            "EXIT-7",
            "EXIT 12",
            "SIGNAL-7",
            "RC-7",
            "PROCESS-7",
            "ERROR-7F3A12",
            "STATUS",
            "0X7F3A9912",
            "READY-7",
        ] {
            assert!(!is_exit(text), "{text}");
        }
    }
}
