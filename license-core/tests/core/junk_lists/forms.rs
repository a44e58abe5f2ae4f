//! Junk that no list can hold: what tools and servers print in any language, wrappers, templates, numbers without a
//! machine. Each stands for its kind.

use license_core::{Fingerprint, Kind};

use super::{dresses, is_refused_opaque, list, names, realm, stored, uuid_spellings};

/// Refused as an id and as the parts that are free in form.
fn is_refused_everywhere(text: &str) -> bool {
    let kinds = [Kind::Disk, Kind::Board, Kind::System, Kind::Os, Kind::Cloud, Kind::Custom];
    kinds.iter().all(|kind| !names(*kind, text)) && is_refused_opaque(text)
}

#[test]
fn what_tools_say_in_any_language_names_no_machine() {
    for text in [
        "'wmic' is not recognized as an internal or external command,",
        "Der Befehl \"wmic\" ist entweder falsch geschrieben oder konnte nicht gefunden werden.",
        "'wmic' n'est pas reconnu en tant que commande interne ou externe",
        "\"wmic\" no se reconoce como un comando interno o externo,",
        "\"wmic\" non è riconosciuto come comando interno o esterno,",
        "'wmic' não é reconhecido como um comando interno",
        "\"wmic\" не является внутренней или внешней командой",
        "'wmic' 不是内部或外部命令，也不是可运行的程序",
        "'wmic' 不是內部或外部命令、可執行的程式或批次檔。",
        "'wmic' は、内部コマンドまたは外部コマンド、操作可能なプログラムまたはバッチ ファイルとして認識されていません。",
        "'wmic'은(는) 내부 또는 외부 명령, 실행할 수 있는 프로그램, 또는 배치 파일이 아닙니다.",
        "拒绝访问。",
        "Zugriff verweigert",
        "Accès refusé",
        "Acc\u{ff}s refus\u{ff}.",
        "Acceso denegado.",
        "アクセスが拒否されました。",
        "Отказано в доступе.",
        "bash: dmidecode: 未找到命令",
        "bash: dmidecode: команда не найдена",
        "bash: dmidecode: Kommando nicht gefunden.",
        "bash: dmidecode : commande introuvable",
        "bash: dmidecode: orden no encontrada",
        "bash: dmidecode: コマンドが見つかりません",
        "cat: /sys/class/dmi/id/board_serial: Keine Berechtigung",
        "cat: /sys/class/dmi/id/board_serial: Permission non accordée",
        "cat: /sys/class/dmi/id/board_serial: Permiso denegado",
        "cat: /sys/class/dmi/id/board_serial: 权限不够",
        "cat: /sys/class/dmi/id/board_serial: 許可がありません",
        "cat: /etc/machine-id: Нет такого файла или каталога",
        "cat: /etc/machine-id: Datei oder Verzeichnis nicht gefunden",
        "cat: /etc/machine-id: Aucun fichier ou dossier de ce type",
        "cat: /etc/machine-id: 没有那个文件或目录",
        "系统找不到指定的文件。",
        "Das System kann die angegebene Datei nicht finden.",
        "Le fichier spécifié est introuvable.",
        "El sistema no puede encontrar el archivo especificado.",
        "Не удается найти указанный файл.",
        "指定されたファイルが見つかりません。",
        "curl: (6) Could not resolve host: metadata.google.internal",
        "curl: (7) Failed to connect to 169.254.169.254 port 80: Connection refused",
        "curl: (28) Operation timed out after 2001 milliseconds",
        "curl: (22) The requested URL returned error: 404",
        "wget: unable to resolve host address 'metadata'",
        "wget: server returned error: HTTP/1.1 404 Not Found",
        "Get-CimInstance : Access denied",
        "Get-WmiObject : Invalid class \"Win32_X\"",
        "# dmidecode 3.3",
        "# No SMBIOS nor DMI entry point found, sorry.",
        "SMBIOS 3.0 present.",
        "/dev/mem: Permission denied",
        "Failed to connect to bus: No such file or directory",
        "System has not been booted with systemd as init system (PID 1).",
        "Failed to read machine ID: No medium found",
        "Error response from daemon: No such container: web",
        "Cannot connect to the Docker daemon at unix:///var/run/docker.sock.",
        "Error from server (NotFound): pods \"x\" not found",
        "error: You must be logged in to the server (Unauthorized)",
        "The connection to the server localhost:8080 was refused",
        "/bin/sh: 1: lshw: not found",
        "sudo: a terminal is required to read the password",
        "Ha ocurrido algo que nadie esperaba aquí",
    ] {
        assert!(is_refused_everywhere(text), "{text}");
    }
}

#[test]
fn what_servers_answer_names_no_machine() {
    for text in [
        "HTTP 404",
        "HTTP/1.1 401 Unauthorized",
        "HTTP/2 404",
        "404 page not found",
        "404 - Not Found",
        "404: Not Found",
        "Error 404",
        "401 Unauthorized",
        "status code: 503",
        "{\"message\":\"Unauthorized\"}",
        "{\"error\": \"not found\", \"code\": 404}",
        "{\"status\":404,\"message\":\"instance 7f3a9912 unknown\"}",
        "{\"type\":\"about:blank\",\"title\":\"Not Found\",\"status\":404,\"detail\":\"x\"}",
        "<html><head><title>404 Not Found</title></head>",
        "<!DOCTYPE html>",
        "<h1>Bad Gateway</h1>",
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>AccessDenied</Code></Error>",
        "<Error><Code>NoSuchKey</Code><RequestId>7F3A9912B4</RequestId></Error>",
        "<Error xmlns=\"http://schemas.example/2009\"><Code>ResourceNotAvailable</Code></Error>",
    ] {
        assert!(is_refused_everywhere(text), "{text}");
    }
}

#[test]
fn what_nobody_filled_in_and_what_every_host_is_called_names_no_machine() {
    for text in [
        "localhost.localdomain",
        "localhost",
        "REPLACE_ME",
        "replace-with-your-device-id",
        "changeme",
        "change_me",
        "<device-id>",
        "<DEVICE_ID>",
        "${DEVICE_ID}",
        "${DEVICE_ID:-none}",
        "$DEVICE_ID",
        "{{ .Node }}",
        "{{.Node.ID}}",
        "{{ inventory_hostname }}",
        "{% raw %}",
        "$(cat /etc/machine-id)",
        "`hostname`",
        "%COMPUTERNAME%",
        "%%DEVICE_ID%%",
        "@@DEVICE_ID@@",
        "[[device]]",
        "[DEVICE-ID]",
        "%(device)s",
        "$env:COMPUTERNAME",
        "YOUR_DEVICE_ID_HERE",
        "your-device-id",
        "docker",
        "container",
        "pod",
        "docker-desktop",
        "raspberrypi",
        "raspberrypi.local",
        "ubuntu",
        "DESKTOP",
        "buildkitsandbox",
        "host.docker.internal",
        "my-device",
        "/etc/machine-id",
        "/run/secrets/device_id",
        "file:///etc/machine-id",
        "127.0.0.1:8080",
        "127.0.0.1",
        "::1",
        "[::1]:8080",
        "0.0.0.0",
        "http://localhost:8080/",
        "bnVsbA==",
        "dW5kZWZpbmVk",
        "Tm90IFNwZWNpZmllZA==",
        "bgB1AGwAbAA=",
        "VMware Virtual disk",
        "VBOX HARDDISK",
        "VMware Virtual S",
        "QEMU HARDDISK",
    ] {
        assert!(is_refused_everywhere(text), "{text}");
    }
}

#[test]
fn lesser_junk_names_neither_board_nor_disk() {
    for text in [
        "DD20150806",
        "20150806",
        "2015-08-06",
        "AA00000000000489",
        "OEM_MB_SN",
        "MB-1234567891",
        "1234567891",
        "SN-1234567891234",
        "# dmidecode 3.3",
        "VMware Virtual disk",
    ] {
        assert!(!names(Kind::Board, text) && !names(Kind::Disk, text), "{text}");
        assert!(!names(Kind::Custom, text) && is_refused_opaque(text), "{text}");
    }
    for text in [
        "0026_B768_0000_0000.",
        "QEMU-NVME-1",
        "DISK-1",
        "disk1",
        "nvme-0",
        "vm-100-disk-0",
        "drive_2",
        "ata-QEMU_DVD-ROM_QM00003",
        "QM00003",
        "VBOX-NVME-01",
        "data-01",
        "lun 0",
    ] {
        assert!(!names(Kind::Disk, text), "{text}");
    }
    assert!(is_refused_opaque("0026_B768_0000_0000.") && !names(Kind::Custom, "0026_B768_0000_0000."));
}

#[test]
fn a_shared_uuid_is_found_in_every_wrapper() {
    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
    let all = list("uuids").into_iter().chain(list("machine-ids"));
    for digits in all.flat_map(|digits| [stored(&digits), digits]) {
        let bytes: Vec<u8> =
            (0..16).map(|at| u8::from_str_radix(&digits[2 * at..2 * at + 2], 16).unwrap()).collect();
        let pairs: Vec<&str> = (0..16).map(|at| &digits[2 * at..2 * at + 2]).collect();
        let spaced = format!("{}-{}", pairs[..8].join(" "), pairs[8..].join(" "));
        let mut wrapped = vec![
            format!("VMware-{spaced}"),
            format!("Parallels-{}", pairs.join(" ")),
            format!("ec2-{digits}"),
            pairs.join(":"),
            pairs.join(" "),
        ];
        // Case tells here.
        for text in [
            STANDARD.encode(&bytes),
            URL_SAFE_NO_PAD.encode(&bytes),
            STANDARD.encode(uuid_spellings(&digits)[1].to_lowercase()),
        ] {
            assert!(is_refused_everywhere(&text), "{text}");
        }
        for uuid in uuid_spellings(&digits) {
            let words =
                ["urn:uuid:", "uuid:", "UUID ", "UUID=", "VirtualBox-", "guid:", "host-", "system-uuid: "];
            wrapped.extend(words.iter().map(|word| format!("{word}{uuid}")));
            wrapped.extend([
                format!("({uuid})"),
                format!("[{uuid}]"),
                format!("{uuid}-host"),
                format!("<{uuid}>"),
            ]);
        }
        for spelling in wrapped.iter().flat_map(|text| dresses(text)) {
            assert!(is_refused_everywhere(&spelling), "{spelling}");
        }
    }
}

#[test]
fn programs_that_speak_of_themselves_name_no_machine() {
    for tool in list("tools") {
        let tool = tool.to_lowercase();
        for text in [
            format!("{tool}: cannot do that"),
            format!("/usr/bin/{tool}: nope it is"),
            format!("{tool} 3.4.1"),
        ] {
            assert!(is_refused_everywhere(&text), "{text}");
        }
    }
}

#[test]
fn ids_that_look_like_junk_and_are_none_are_taken() {
    for id in [
        "000C29A1B2C3",
        "00:0c:29:a1:b2:c3",
        "525400A1B2C3",
        "08:00:27:7F:3A:91",
        "a1b2c3d4e5f60718",
        "3141592653",
        "2000000007",
        "press-7.halle-3.example",
        "node-7.plant.example.com",
        "plc-07x1",
        "ubuntu-7f3a",
        "docker-host-7f3a",
        "rack-7/slot-3",
        "i-0a1b2c3d4e5f60718",
        "{4c4c4544-0051-3410-8051-b5c04f375931}",
        "urn:uuid:4c4c4544-0051-3410-8051-b5c04f375931",
        "10.20.30.40-press",
        "error-7f3a12",
        "DESKTOP-7F3A9B2",
        "WIN-A1B2C3D4E5F",
        "gke-pool-1-7f3a9912-x4zq",
        "ip-10-0-3-17.eu-central-1.compute.internal",
    ] {
        assert!(names(Kind::Custom, id), "custom {id}");
        let read = Fingerprint::parse(id, &realm());
        assert!(read.is_ok(), "opaque {id}: {read:?}");
    }
    assert!(names(Kind::Custom, "plc-07"));
    for id in [
        "三号车间注塑机",
        "一号线机器人甲",
        "包装机-07",
        "装配线二号工位",
        "プレス機七号",
        "Пресс-07",
        "Fräse-Halle-3",
    ] {
        assert!(Fingerprint::parse(id, &realm()).is_ok(), "{id}");
    }
}
