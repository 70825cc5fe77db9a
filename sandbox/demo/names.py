"""Nicknames as customers really write them: short, long, empty-looking, with emoji."""

from random import Random

_SURNAMES = "王李张刘陈杨黄赵周吴徐孙朱马胡郭林何高梁郑罗宋谢唐韩曹许邓冯蒋沈余潘杜戴夏钟汪田方石姚"
_GIVEN_F = [
    "静", "敏", "丽娟", "欣怡", "梓涵", "雨桐", "思琪", "佳慧", "晓燕", "诗雅", "婷婷", "可欣",
    "梦瑶", "玉兰", "若曦", "一诺", "芷晴", "秀英", "海燕", "悦", "云", "倩", "冰冰", "小雨",
    "念慈",
]  # fmt: skip
_GIVEN_M = [
    "伟", "磊", "浩然", "子轩", "建国", "志强", "俊杰", "宇航", "明", "鹏飞", "一鸣", "嘉豪",
    "天宇", "晨", "超", "凯", "思远", "文博", "国栋", "锐",
]  # fmt: skip
PET_NAMES = [
    "奶糖", "豆豆", "咪咪", "汤圆", "可乐", "布丁", "年糕", "旺财", "土豆", "花卷", "橘子",
    "麻薯", "芝麻", "团子", "拿铁", "雪球", "大福", "元宝", "毛毛", "皮蛋", "小七", "馒头",
    "咕噜", "椰果", "三三", "球球", "多多", "Lucky", "Coco", "Momo", "米粒", "饼干", "栗子",
    "西米", "乌龙", "青团",
]  # fmt: skip
CAT_BREEDS = [
    "布偶", "英短", "美短", "橘猫", "狸花", "暹罗", "缅因", "银渐层", "田园猫", "德文",
]  # fmt: skip
DOG_BREEDS = [
    "柯基", "泰迪", "金毛", "边牧", "比熊", "柴犬", "拉布拉多", "博美", "田园犬", "雪纳瑞",
]  # fmt: skip
_LATIN = [
    "Mia", "Echo", "Leo", "Vivian", "Jason", "Cici", "Alex", "Yoyo", "Kevin", "Sunny", "Tina",
    "Allen", "Luna", "Max", "Ivy", "Ray", "Joyce", "Eric",
]  # fmt: skip
_POETIC = [
    "山有木兮", "云淡风轻", "南风知我意", "半夏微凉", "人间烟火", "浅浅时光", "一路向北",
    "星河滚烫", "朝暮", "知足常乐", "海盐汽水", "岁月静好", "平安喜乐", "向阳而生", "听风",
    "阿拉斯加海湾", "不吃香菜", "今天也要早睡", "月亮邮递员", "拾光",
]  # fmt: skip
_EMOJI = "🐱🐶🐾🍀🌸🍋🌙✨🦊🧋🍑🌻🐰🌈🍓🥐🎈💤"
_PLAIN_ODD = [
    "。", "L", "~", "A", "小明的号", "^_^", "123", "Z先生", "阿may", "wx用户", "…", "ℒℴѵℯ",
]  # fmt: skip
_LONG = [
    "今天也要努力搬砖给主子买罐头的社畜本畜🐾", "A01滨江宠物美容寄养洗护上门接送小陈",
    "一只不想上班只想在家撸猫的打工人", "👩‍👧‍👦三宝妈和她的两只猫一条狗",
    "愿所有的流浪猫都能有一个温暖的家🏠",
]  # fmt: skip
_MOMS, _DADS = ("妈", "妈妈", "麻麻"), ("爸", "爸爸", "爹")
_AREAS = ["杭州", "滨江", "徐汇", "南山", "西湖", "闵行", "福田", "余杭", "萧山", "浦东"]


def real_name(rng: Random, gender: int) -> str:
    """Return a person's full name."""
    return rng.choice(_SURNAMES) + rng.choice(_GIVEN_M if gender == 1 else _GIVEN_F)


def nickname(rng: Random, gender: int, pet_name: str) -> str:
    """Return a WeChat nickname."""
    draw = rng.random()
    if draw < 0.30:
        return real_name(rng, gender)
    if draw < 0.48:
        return pet_name + rng.choice(_DADS if gender == 1 else _MOMS)
    if draw < 0.58:
        return rng.choice(_POETIC)
    if draw < 0.68:
        return rng.choice(_LATIN) + rng.choice(["", rng.choice(_SURNAMES), rng.choice(_EMOJI)])
    if draw < 0.80:
        return rng.choice(["小", "阿", "老", "大"]) + rng.choice(_SURNAMES + "米鱼月星雪雨果")
    if draw < 0.90:
        return _decorated(rng, pet_name)
    return _unusual(rng, gender)


def _decorated(rng: Random, pet_name: str) -> str:
    emoji = rng.choice(_EMOJI)
    shape = rng.randrange(4)
    if shape == 0:
        return f"{emoji}{pet_name}{emoji}"
    if shape == 1:
        return f"{rng.choice(_POETIC)}{emoji}"
    if shape == 2:
        return f"{pet_name}的铲屎官{emoji}"
    return f"{emoji}{rng.choice(_SURNAMES)}小{rng.choice('米鱼月星雪雨果')}"


def _unusual(rng: Random, gender: int) -> str:
    draw = rng.random()
    if draw < 0.18:
        return rng.choice(_PLAIN_ODD)
    if draw < 0.27:
        return rng.choice(_LONG)
    if draw < 0.55:
        return f"{rng.choice(_AREAS)}{real_name(rng, gender)}"
    if draw < 0.8:
        return f"是{rng.choice(PET_NAMES)}呀{rng.choice(['', '~', rng.choice(_EMOJI)])}"
    return f"{rng.choice(PET_NAMES)}&{rng.choice(PET_NAMES)}"
