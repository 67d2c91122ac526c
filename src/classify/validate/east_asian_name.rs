//! Names of persons in China, Japan and Korea: a surname of a short list, and a given name of one to three characters.

use super::Verdict;

/// The commonest surnames of one character, in simplified and traditional Chinese and in Hangul; sorted. They cover most
/// persons. Source: the name reports of China's Ministry of Public Security and of Statistics Korea.
const SINGLE: &[&str] = &[
    "丁", "万", "乔", "于", "任", "何", "余", "侯", "傅", "冯", "刘", "劉", "卢", "原", "史", "叶", "吕",
    "吳", "吴", "呂", "周", "唐", "夏", "姚", "姜", "孔", "孙", "孟", "孫", "宋", "尹", "崔", "常", "康",
    "廖", "张", "張", "彭", "徐", "戴", "文", "方", "易", "曹", "曾", "朱", "李", "杜", "杨", "林", "梁",
    "森", "楊", "武", "段", "毛", "江", "汤", "汪", "沈", "湯", "潘", "熊", "王", "田", "白", "盧", "石",
    "秦", "程", "罗", "羅", "胡", "苏", "范", "萧", "萬", "葉", "董", "蒋", "蔡", "蕭", "薛", "蘇", "袁",
    "許", "謝", "譚", "许", "谢", "谭", "賀", "賈", "賴", "贺", "贾", "赖", "赵", "趙", "邓", "邱", "邵",
    "邹", "郑", "郝", "郭", "鄒", "鄧", "鄭", "金", "錢", "鍾", "钟", "钱", "閻", "阎", "陆", "陈", "陳",
    "陸", "雷", "韓", "韩", "顧", "顾", "馬", "馮", "马", "高", "魏", "黃", "黄", "黎", "龍", "龔", "龙",
    "龚", "강", "고", "공", "곽", "구", "권", "길", "김", "나", "남", "노", "도", "류", "마", "문", "민",
    "박", "방", "배", "백", "변", "서", "석", "선", "설", "성", "소", "손", "송", "신", "심", "안", "양",
    "엄", "여", "염", "오", "우", "원", "유", "윤", "이", "임", "장", "전", "정", "조", "주", "지", "진",
    "차", "채", "천", "최", "추", "하", "한", "함", "허", "현", "홍", "황",
];

/// Surnames of two and three characters: the commonest of Japan, which some two of five there have, and the compound ones of China; sorted. Source: the
/// surname ranking of Meiji Yasuda Life.
const LONGER: &[&str] = &[
    "三浦",
    "上官",
    "上田",
    "上野",
    "中山",
    "中島",
    "中川",
    "中村",
    "中野",
    "丸山",
    "久保",
    "井上",
    "今井",
    "伊藤",
    "佐々木",
    "佐藤",
    "佐野",
    "内田",
    "前田",
    "加藤",
    "北村",
    "千葉",
    "原田",
    "古川",
    "司馬",
    "司马",
    "吉川",
    "吉田",
    "和田",
    "坂本",
    "増田",
    "大塚",
    "大西",
    "大野",
    "太田",
    "安藤",
    "宮崎",
    "宮本",
    "小山",
    "小島",
    "小川",
    "小林",
    "小野",
    "山下",
    "山内",
    "山口",
    "山崎",
    "山本",
    "山田",
    "岡本",
    "岡田",
    "岩崎",
    "島田",
    "川口",
    "工藤",
    "市川",
    "平野",
    "後藤",
    "斉藤",
    "斎藤",
    "新井",
    "望月",
    "木下",
    "木村",
    "本田",
    "杉山",
    "杉本",
    "村上",
    "村田",
    "松井",
    "松尾",
    "松本",
    "松田",
    "柴田",
    "桜井",
    "森本",
    "森田",
    "横山",
    "橋本",
    "欧阳",
    "歐陽",
    "武田",
    "水野",
    "池田",
    "河野",
    "清水",
    "渡辺",
    "渡邊",
    "熊谷",
    "田中",
    "田村",
    "石井",
    "石川",
    "石田",
    "福田",
    "竹内",
    "菅原",
    "菊地",
    "菊池",
    "藤井",
    "藤原",
    "藤本",
    "藤田",
    "西村",
    "西田",
    "諸葛",
    "诸葛",
    "谷口",
    "近藤",
    "遠藤",
    "酒井",
    "野口",
    "野村",
    "金子",
    "鈴木",
    "長谷川",
    "関口",
    "阿部",
    "青木",
    "飯田",
    "高木",
    "高橋",
    "高田",
];

/// A surname and a given name, perhaps with a space between them; or how they are read, two words of kana.
pub(super) fn name(text: &[u8]) -> Verdict {
    let Ok(text) = std::str::from_utf8(text) else {
        return Verdict::Invalid;
    };
    let is_space = |c: char| matches!(c, ' ' | '\u{3000}' | '·');
    let is_kana = |c: char| matches!(c, '\u{3041}'..='\u{30fc}');
    if text.chars().all(|c| is_kana(c) || is_space(c)) {
        return (text.split(is_space).filter(|word| !word.is_empty()).count() == 2).into();
    }
    let ends = text.char_indices().map(|(at, _)| at).skip(1).take(3);
    let fits = ends.into_iter().any(|end| {
        let (surname, given) = text.split_at(end);
        let given = given.trim_start_matches(is_space);
        let longest = if SINGLE.binary_search(&surname).is_ok() {
            2
        } else if LONGER.binary_search(&surname).is_ok() {
            3
        } else {
            return false;
        };
        (1..=longest).contains(&given.chars().count()) && !given.contains(is_space)
    });
    fits.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_sorted() {
        assert!(SINGLE.is_sorted() && LONGER.is_sorted());
    }

    #[test]
    fn names_are_a_surname_and_more() {
        for good in [
            "张伟",
            "欧阳雨涵",
            "田中 悠斗",
            "佐々木葵",
            "김민준",
            "王\u{3000}芳",
            "タナカ ミサキ",
            "やまもと\u{3000}けんいち",
        ] {
            assert!(name(good.as_bytes()).is_valid(), "{good}");
        }
        for bad in [
            "张",
            "北京",
            "東京都",
            "株式会社",
            "부산광역시",
            "田中 悠 斗",
            "コーヒー",
            "タナカ ミ サキ",
            "张伟和他的朋友",
        ] {
            assert!(!name(bad.as_bytes()).is_valid(), "{bad}");
        }
    }
}
